"""Examples to copy: target.toml, claims.toml, mapping.toml. A test reads each with its model."""
