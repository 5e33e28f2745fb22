"""The nouns of the outbox."""
