"""The database's file: where it may be, that only we may read it, and connections to it."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from storage.errors import StorageFileError

_CACHED_STATEMENTS: Final = 256
"""More than there are statements in all the repositories, so that SQLite parses each once."""


def prepare_file(path: Path) -> None:
    """Create the file, readable and writable by its owner alone, unless it is there; raise ``StorageFileError``.

    SQLite gives its log files the mode of the file. The mode of a file that is there is the operator's decision.
    """
    directory = path.parent
    if not directory.is_dir():
        raise StorageFileError(f"The database cannot be created: there is no directory {directory}.")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise StorageFileError(f"The database needs a directory it may write to, and {directory} is not.")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageFileError(f"The database {path} cannot be used: {error.strerror}.") from error


def connect(path: Path, lock_timeout: float) -> sqlite3.Connection:
    """Open a connection that begins and ends its transactions only when told to, and that any one thread may use."""
    connection = sqlite3.connect(
        path,
        timeout=lock_timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_CACHED_STATEMENTS,
    )
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=FAST"):
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
