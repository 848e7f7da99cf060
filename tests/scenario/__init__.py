"""A running platform for tests that know only its HTTP interface, and builders that act through the contract."""
