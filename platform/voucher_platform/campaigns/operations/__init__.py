"""What can be done to campaigns, rounds and batches; each function runs in its caller's transaction."""
