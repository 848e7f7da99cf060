"""Load on any platform that speaks the contract: Locust users, their tokens, and a batch to claim from."""
