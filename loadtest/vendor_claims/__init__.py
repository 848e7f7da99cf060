"""What a vendor says of itself, each claim answered: confirmed, refuted, or not decidable here. And the knee finder."""
