"""What is played under load: eleven scenarios, how each is prepared, run, and brought to rest."""
