"""Staff: who may sign in, and signing in."""
