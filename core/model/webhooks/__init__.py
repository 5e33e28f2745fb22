"""Webhooks: events that are posted to the addresses of sites.

An endpoint is enabled or disabled, by its site or because nothing arrives; it has a secret, and former ones that still
sign. A delivery is one event for one endpoint: waiting, then delivered or failed, and erased later.

Read ``webhook.py`` (events, endpoints, deliveries), ``retries.py`` (what follows from an answer) and ``signature.py``
(the headers, signed as we do and as Standard Webhooks does). It may know apps (limits) and what lies below, and
nothing of what the events are about: their bodies come from the stories.
"""
