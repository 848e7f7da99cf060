"""Claiming: fast through the hot store, acknowledged only when PostgreSQL has committed."""
