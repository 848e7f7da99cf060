"""Bounds at level α and the one rule that turns them into a verdict. numpy only.

The run is the unit of replication, not the request: requests of one run share its warm-up, its neighbours and its
queue, so a million of them are not a million observations. Each run gives one number (its p99, its rate), and bounds
are taken over runs by order statistics: exact whatever the distribution and whatever the correlation within a run.
With α = 0.05 that needs five runs; fewer decide nothing. Called `confidence` since a `statistics` at the top of
loadtest would shadow the standard library's under Locust.
"""
