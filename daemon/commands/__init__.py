"""The command line, a file a noun: it reads what was typed, makes one call into ``core``, and prints.

``settings.py`` opens the store beside a running daemon, or without one; ``tables.py`` prints for people and ``--json``
for scripts; ``progress.py`` shows how far a long work is. No rule of the product lives here: whatever a command can do,
a page can do by the same call.
"""
