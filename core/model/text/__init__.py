"""Formatted text, free of any messenger's markup: the value, three ways to read it, and a writer.

``text.py`` (words and entities, in UTF-16 units), ``markdown.py``, ``html.py`` and ``entities.py`` (what sites write),
``writer.py`` (putting a text together), ``addresses.py`` (which addresses a link may have).
"""
