"""The store on SQLite: one file, one writer with group commit, one reader.

A commit that survives a power cut waits for the disk, so units of work that wait share one: the writer runs each in a
savepoint, commits once, and answers them all. Units run on the event loop, one after the other, since they are some
tens of microseconds of computing; only the disk and other processes are waited for on a thread. Reads run on a
connection of their own and see what was last committed.

In reading order: ``store`` (the two doors, the reader, and opening them), ``writer`` (the queue, the batches, and where
the speed comes from), ``work`` (one unit at the driver), ``file`` (the file, its rights, and connections to it),
``key_check`` (whether a key is a file's own), ``new_key`` (everything sealed anew under another).

It may know ``storage`` and ``core``. A second database is a folder beside this one, and its words in
``storage.dialects``.
"""
