"""Gatepost logs website visitors in through the messengers they already have. See ARCHITECTURE.md for the tour."""

__version__ = "0.1.0"
