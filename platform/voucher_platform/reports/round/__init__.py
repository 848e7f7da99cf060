"""The report of one round (N4.2.6c): the T+1 indicators of it alone, and what else the bureau asks after a round."""
