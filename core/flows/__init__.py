"""The verbs: one class per story. What a story needs are its fields."""
