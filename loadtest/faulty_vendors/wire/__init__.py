"""HTTP: from a request to a desk, and from its answer to the wire."""
