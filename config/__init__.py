"""Settings: what there is to set, read from the environment, a file and secret files, and checked as a whole.

``settings.py`` has a class for each section and ``bots.py`` one for each kind of bot; ``environment.py`` lays the
environment over the file, ``secret_files.py`` and ``certificate_files.py`` read what stands in files of its own,
``across.py`` checks what only shows across sections, ``complaints.py`` words what is wrong by the operator's own keys.
``gatepost.example.toml`` tells every setting with its default.

It knows no other room, and only ``daemon`` knows it.
"""
