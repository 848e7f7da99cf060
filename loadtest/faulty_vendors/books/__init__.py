"""What happened, and what follows from it: rows, journal, balances, holdings, the audit chain, the business clock."""
