"""Webhooks on the wire: one post to an address that a site named, and that must not become a way into our network."""
