"""The outbox: messages of apps to people, on their way.

A message is accepted, then sending, and then sent, delivered, read, failed, expired, cancelled or unknown; each step is
one pure function. An attempt is one try to send it. A bot's breaker is closed, open or probing. A request that an app
repeats under its idempotency key gets the same answer for a day.

Read ``outbox_message.py``, ``breaker.py``, ``idempotency.py``; ``errors.py`` has the refusals. It may know messages
(receipts), people and what lies below, and nothing of what made a message but its kind and id (``Cause``).
"""
