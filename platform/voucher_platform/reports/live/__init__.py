"""Live figures: one statement of one instant, asked of SQL at most about once a second however many screens look."""
