"""Sending: a message is accepted, kept, aimed, and its end is told."""
