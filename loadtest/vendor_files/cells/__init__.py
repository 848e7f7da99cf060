"""Cells of a vendor's file become whole numbers: fen, microseconds, numbered ids. No floats on the way."""
