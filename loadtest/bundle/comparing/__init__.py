"""Several vendors beside each other, clause by clause, from their bundles of one plan. No score, no ranking."""
