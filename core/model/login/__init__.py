"""A login as a value."""
