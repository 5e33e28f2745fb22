"""The tables, a file a story."""
