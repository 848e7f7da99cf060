"""Wire models, one module a noun."""
