"""Tokens: what a site gets to prove who logged in, and the keys that sign it.

A key is ``next``, published but not used; ``active``, the one that signs; ``retired``, published until the last token
it signed has ended; then it is deleted. Private keys are kept sealed.

Read ``key_rotation`` (a key's life), then ``jwt`` (the ring, the JWKS, the claims of a login). A story of the lowest
floor: it knows ports, model and basics, and no other story.
"""
