"""Formatted text: markup read, checked and written."""
