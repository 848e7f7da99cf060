"""In-time risk rules: seen on the way, decided beside it, frozen on every worker, released by a person."""
