"""Showing a document: one offline page for a browser, and printed pages. Both take the same blocks."""
