"""Defences that prove themselves: each is taken out of a copy of the checkout, and the tests named for it must fail.

``defences.toml`` lists them by the threats of ``docs/security.md``, ``listed`` reads it, and
``python -m tests.defences`` (``make defences``) does it. The list itself is held true by ``test_listed``, with every
other test.
"""
