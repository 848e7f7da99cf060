"""The bench on the command line: platforms of our own to test, and the self-test of the bench."""
