"""Public money: accounts and append-only transfers."""
