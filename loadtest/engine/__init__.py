"""The open loop on Locust: a dispatcher that never waits for replies, and wires that never send twice."""
