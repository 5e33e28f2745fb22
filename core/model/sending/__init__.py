"""The nouns of the outbox: a message and its attempts (``outbox_message.py``), a bot's breaker, idempotency keys.

A message is accepted, sending, and then sent, delivered, read, failed, expired, cancelled or unknown; each step is one
pure function. A breaker is closed, open or probing. What was asked under a key is known for a day.
"""
