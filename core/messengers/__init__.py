"""Messengers: what they tell us, and the links by which people come in."""
