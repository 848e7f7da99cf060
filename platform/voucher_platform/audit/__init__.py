"""Audit: reading the log of acts, and proving that it is whole."""
