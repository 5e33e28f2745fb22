"""The repositories: for each protocol of ``core.ports`` one class, which keeps its promises in SQLAlchemy Core.

A file begins with the mapper of its rows, goes on with its statements as constants, and ends with the class, whose
methods name the values and read the rows; what a method promises is said in the protocol. Statements are made once and
kept, since they are compiled once (``storage.statements``); those that differ by dialect or by what is asked for are
functions with a cache. A change of state is a swap: an update that names what the row was, and says whether it won.
Whatever is erased or forgotten goes some rows at a time, found by an index, so that no unit takes long. A parameter of
an update that would be called as a column of it has ``_`` at its end, as SQLAlchemy asks.

In reading order: ``apps`` (the plain case), ``people``, ``subscriptions``; ``logins`` with ``login_rows``; ``outbox``,
``lanes`` and ``delivery_log``, three views of one table; ``broadcasts`` with ``broadcast_rows`` and
``broadcast_audience``; ``scheduled``, ``recurring``, ``drips``; ``one_time_codes``, ``webhooks``, ``inbox``, ``bots``,
``receipts``, ``events``, ``signing_keys``.

They may know ``core.model``, the tables and the files of ``storage`` beside this folder, not the engine below it.
"""
