"""Tokens: what a site gets to prove who logged in, and the keys that sign it."""
