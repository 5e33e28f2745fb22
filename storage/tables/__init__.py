"""The tables, a file a story: their columns, and the indexes that the statements of the repositories count on.

A column's key is the name of the field that it keeps, so that rows are mapped by name (``storage.rows``); where the
column is called otherwise in the database, ``key=`` says so. Text is text, times are ``BigInteger`` milliseconds, and
what is sealed is ``LargeBinary``. A column that came later than its table may be NULL in the rows from before it. Most
indexes cover only the rows that are still of interest, such as those with ``next_at``: what is settled costs nothing.
A change here needs a migration in ``storage/migrations``, and a test holds the two against each other.

In reading order: ``metadata`` (names and partial indexes), ``apps``, ``people``, ``subscribers``, ``login``,
``sending``, ``broadcasts``, ``later``, ``otp``, ``webhooks``, ``messengers``, ``tokens``.

It knows SQLAlchemy and nothing of the house.
"""
