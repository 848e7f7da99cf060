"""The report as a document: one list of blocks in one language, shown by a browser page and on printed pages."""
