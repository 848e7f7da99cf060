"""One module a command; each has `register(app)` that adds its command to the command line."""
