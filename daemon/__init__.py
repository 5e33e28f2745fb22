"""The daemon: everything is put together here, and nothing is decided.

Read ``wiring.py`` (which part gets what, and which story follows which), ``run.py`` (the parts are entered in the order
of the start; the reverse is the stop), ``messengers.py`` (the table of messengers), ``supervise.py`` (each bot is kept
alive by itself), ``schedule.py`` (what is done every so often), ``http.py`` (the facade's parts), ``preflight.py``
(what must be there before a start), ``master_key.py`` and ``master_key_change.py``,
``status.py``, ``readiness.py`` (systemd), ``logs.py``. ``commands/`` is the
command line.

It knows every room and alone reads the settings.
"""
