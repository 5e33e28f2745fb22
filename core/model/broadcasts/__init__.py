"""Broadcasts: one draft to all subscribers of an audience, and how far each recipient has come.

A broadcast is pending, then processing (its audience becomes recipients, whose messages are posted), and then
completed, cancelled or failed. A recipient waits, is posted, and then sent, failed, skipped or cancelled. The broadcast
counts its recipients by state, so whatever moves a recipient moves the counts with it (``moved``).

Everything is in ``broadcast.py``: the audience first, then the broadcast, its recipients, and the steps. It may know
sending (how a recipient's message ended), apps (tags and permissions) and what lies below, and nothing of later.
"""
