"""Broadcasts: one message to many subscribers."""
