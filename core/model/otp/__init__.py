"""The nouns of one-time passwords."""
