"""Level 1: what a vendor's exported files contradict. Files can refute; they never confirm."""
