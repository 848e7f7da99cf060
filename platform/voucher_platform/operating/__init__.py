"""What the people and machines that run the platform ask: does it live, is it ready, how is it doing."""
