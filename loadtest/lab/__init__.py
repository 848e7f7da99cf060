"""Where functional cases are played: callers, the line to the target, people, shops, the business clock."""
