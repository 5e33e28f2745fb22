"""Bots: one conversation for all messengers, and an adapter for each.

``talk/`` is the one brain: it is told what a person did, makes one call into ``core``, and words the answer in their
language. ``telegram/``, ``max/`` and ``whatsapp/`` translate between it and their platform and do not think: no rule,
no text, no database. What they share is here.

Read ``listening.py`` (an update is kept before the messenger may forget it, then worked on in order within a chat),
``talk/conversation.py``, ``delivering.py`` (was it sent, surely not, or unsure), ``pace.py`` (one budget of calls for
a bot), ``links.py`` (which bots run, and how people get to them), ``wire.py`` (JSON over HTTP), ``formatting.py``.

It may know ``core``, never ``storage``, ``http_api`` or settings: adapters take plain arguments.
"""
