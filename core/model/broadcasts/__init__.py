"""The nouns of broadcasts."""
