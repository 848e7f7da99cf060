"""Merchants: the register of shops and tills, and the import of the bureau's roster."""
