"""Public money at rest and on its way: the statement, settlement, repayment, closing and returns."""
