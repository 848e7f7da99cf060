"""What is compared: our platform, the bare handler that is the ceiling, and the textbook."""
