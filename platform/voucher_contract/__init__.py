"""The HTTP interface between a voucher platform and everyone who uses it.

The console, the simulated city and the test bench know only this package, so what works on the reference platform
works on any vendor's. It holds no I/O: wire models, the closed list of refusals, the table of routes, operations as
generators, and the notice as data. ``SPEC.md`` beside this file says the same in words.
"""

CONTRACT_VERSION = "1.0.0"
