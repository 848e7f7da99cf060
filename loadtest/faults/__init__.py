"""Faults from the client's side: a small proxy between generator and target that loses, delays, doubles and cuts."""
