"""Zones, quiet hours and recurrence."""
