"""What the operator sets: one TOML file, the environment, and secrets from files, checked all at once."""
