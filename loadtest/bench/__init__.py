"""Benchmarks: of the bench (sending, checks), of the reference (claim path, sizes)."""
