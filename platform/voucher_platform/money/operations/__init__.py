"""What can be done with a campaign's money; each function runs in its caller's transaction."""
