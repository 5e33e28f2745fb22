"""The benchmark: the real daemon as its own process on one core, the load and the emulated Telegram on another.

Run by hand (``make bench``); figures are written down in ``RESULTS.md``. It is no test: it promises nothing.
"""
