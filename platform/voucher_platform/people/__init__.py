"""People: which accounts belong to one natural person."""
