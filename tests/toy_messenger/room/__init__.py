"""Toy: a messenger that polls a tiny API of its own, and vouches for the phones of its people."""
