"""Cases as data, one TOML file a subject."""
