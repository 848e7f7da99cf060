"""Judges a history: twenty conditions (C1 … C20) as pure functions over its columns and the facts of the step."""
