"""Pages for people: the phone's and the till's. They call the contract's routes like any client."""
