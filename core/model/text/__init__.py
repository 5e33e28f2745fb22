"""Formatted text, free of any messenger's markup: one value, three ways to read it, and a writer.

A text is plain words and entities that say which of them look how, counted in UTF-16 units. Sites write it as
Markdown, HTML, or with a list of entities; what cannot be shown by every messenger is refused with its place. How a
messenger shows it is that messenger's business (``bots``).

A text with variables is read once, each variable being one character, and filled in for each recipient.

Read ``text.py``, then ``markdown.py``, ``html.py`` and ``entities.py`` (the readers), ``writer.py`` (what they have in
common), ``addresses.py`` (which addresses may be linked), ``variables.py`` (their places, and how values are escaped by
place) and ``wording.py`` (a text as it was understood). It knows no other room.
"""
