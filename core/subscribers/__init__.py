"""Subscribers: whom an app may write to."""
