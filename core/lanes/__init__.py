"""Lanes: each bot sends what waits for it, at its messenger's pace."""
