"""What can be refuted from files alone, one module a subject; each check is found by its decorator."""
