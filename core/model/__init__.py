"""The nouns: frozen dataclasses and the pure functions that turn one into the next. Nothing here waits."""
