"""The nouns of what is sent later."""
