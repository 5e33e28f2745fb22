"""Signing keys: next, active, retired, gone (``signing_key.py``). The private part is sealed."""
