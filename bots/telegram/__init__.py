"""Telegram, by the Bot API (core.telegram.org/bots/api).

``adapter.py`` polls or is posted to, and sends; ``incoming.py`` reads updates, ``calls.py`` writes calls and keys,
``errors.py`` says what a refusal means, ``transport.py`` is python-telegram-bot's request over aiohttp. The library's
``Bot``, ``User`` and errors are used; its polling loop and its parsing of whole messages are not.
"""
