"""What the core asks of the world, a page a story."""
