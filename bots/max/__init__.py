"""MAX, by its Bot API."""
