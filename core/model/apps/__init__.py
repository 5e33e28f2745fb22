"""The nouns of apps."""
