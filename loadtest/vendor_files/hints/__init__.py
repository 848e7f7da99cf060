"""Patterns of cash-out and fake orders. A hint is where to look, never a verdict."""
