"""Sending: a message is accepted, kept in the outbox, aimed at an account, and its end is told.

Accepted means never lost. A message is accepted, sending (leased by a lane), and then sent, delivered, read, failed,
expired, cancelled or unknown; an attempt of which it is not known whether it was done is never repeated by itself.
``core.lanes`` does the sending; here is what comes before and after it.

Before: ``submission.py`` (a site asks), ``idempotency.py``, ``personalization.py``, ``routing.py`` (which alone chooses
accounts), ``outbox.py``, ``quiet_hours.py``. After: ``settlement.py`` (the maker follows, the site is told),
``feedback.py`` (receipts and button clicks), ``expiry.py``, ``erasure.py``, ``log.py``. ``operations.py`` is the
operator's side.

It stands on ``core.subscribers`` and below; stories above follow their messages as a ``Maker``.
"""
