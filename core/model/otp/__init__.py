"""One-time codes: digits in a message that a person types into a site.

A code is active until it is guessed, its attempts are used up, another one for the same purpose takes its place, or it
expires; its digest is gone with that. A request by link is pending until the person who follows it gets a code or
declines.

Everything is in ``code.py``, the refusals in ``errors.py``. It may know ids, and no other room: a code's message is
known here by its id. The authorization code in which a login ends is another thing (``core.model.login``).
"""
