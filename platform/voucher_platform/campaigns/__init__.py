"""Campaigns, rounds and batches: planned, checked by a second officer, published with their money reserved."""
