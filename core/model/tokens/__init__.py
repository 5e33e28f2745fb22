"""Signing keys: the RSA keys by which sites verify what a token says.

A key is ``next`` (published and not yet used), then ``active`` (it signs), then ``retired`` (it still verifies), and
then gone. Its private part is sealed.

Everything is in ``signing_key.py``; what is signed is in ``core.tokens``. It knows no other room.
"""
