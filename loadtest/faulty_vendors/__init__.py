"""A small platform of its own that speaks the contract, shares no code with the reference, and can be made to fail."""
