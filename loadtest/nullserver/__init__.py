"""A server that does nothing as fast as it can: what a generator reaches against it is the generator's own limit."""
