"""One daemon on one SQLite file: two would push each other off their messengers, and each would hold half of the news.

Commands work beside the daemon and take no lock.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import StorageFileError


@contextmanager
def only_daemon(database: Path) -> Iterator[None]:
    """Be the only daemon on the database's file; raise ``StorageFileError`` that names the process which is it already.

    The lock is on a file beside it and ends with the process, whatever ends that; the file stays and means nothing.
    """
    path = database.with_name(f"{database.name}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageFileError(f"The lock {path} cannot be made: {error.strerror}.") from error
    try:
        _take(descriptor, database)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, database: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        process = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        raise StorageFileError(
            f"Another daemon (process {process}) has the database {database} open: stop that one first."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
