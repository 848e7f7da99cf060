"""What sends: wrk where it is installed, else a loop of our own; and an open loop for latencies. Requests come made."""
