"""Webhooks: what sites are told."""
