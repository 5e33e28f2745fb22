"""Housekeeping: what time makes superfluous is erased."""
