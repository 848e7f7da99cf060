"""Figures of the bench itself: how fast it sends, how fast it checks."""
