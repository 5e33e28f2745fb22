"""Storage: what Gatepost keeps, as rows, behind the two doors of ``core.ports.store.Store``.

The core hands a function to ``write`` or ``read`` and gets its result; inside it sees a unit, whose repositories are
protocols in ``core.ports``. The repositories say what they want in SQLAlchemy Core, which is checked against the
tables; the statements are compiled once and run on the driver's own cursor, since they are many and small. A row
becomes a frozen dataclass of ``core.model`` by the names of its columns. All values are texts, whole numbers and bytes:
times are milliseconds, lists are JSON, and what is private comes here sealed, or is sealed here. The schema changes by
migrations only, which a start applies before anything is read.

In reading order:

- ``unit``: the repositories over one connection, as the core sees them.
- ``tables/``: the tables. ``repositories/``: the statements.
- ``rows``: the mapper between the two and the nouns, and how single values are kept.
- ``vault``: phones, and what may be one, sealed and found by digest. ``sealed``: all that is sealed, for a new key.
- ``statements``: how a statement runs, and those that write whole rows. ``dialects``: what only one database says in
  its words.
- ``sqlite/``: the engine, with group commit. ``revisions`` and ``migrations/``: the way from an older schema;
  ``sealing``: the one from phones in clear.
- ``errors``: what the operator must put right, and rows that cannot be.

It may know ``core`` and nothing else of the house. No rule of the product stands here: a repository finds, keeps, swaps
and forgets.
"""
