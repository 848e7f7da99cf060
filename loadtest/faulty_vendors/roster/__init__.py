"""A roster of merchants as a bureau sends it: read, judged cell by cell, given back with its faults."""
