"""The nouns of apps: an app, its keys and logo (``app.py``), and what it has for the project dialect (``project.py``).

An app is enabled or not; its allow-lists say where its visitors may be sent and which pages may ask. Keys are kept as
digests, two at a time, so that they can be rotated.
"""
