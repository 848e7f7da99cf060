"""A small, direct client of the faulty vendors, and for every defect one probe that tells whether it is there.

It shares nothing with the bench's cases, so that one can be wrong without the other.
"""
