"""Examples to copy: target, claims, mapping, selection, scoring_rules. A test reads each with its model."""
