"""The nouns of webhooks: endpoints, events and deliveries (``webhook.py``), when to try again, and signatures.

A delivery is waiting, delivered or failed; ``retries.py`` decides by the endpoint's answer, ``signature.py`` signs as
we do and as Standard Webhooks does.
"""
