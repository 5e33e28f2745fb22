"""MAX, by its Bot API (dev.max.ru): a small client of our own.

``adapter.py`` polls or is posted to and sends; ``incoming.py`` reads updates, ``bodies.py`` writes messages,
``contact.py`` proves a shared contact by its hash, ``formatting.py`` marks texts up, ``errors.py`` says what a refusal
means, ``webhook.py`` keeps the one subscription that MAX drops without a word.
"""
