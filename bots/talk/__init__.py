"""The one brain: what is said to people in every messenger."""
