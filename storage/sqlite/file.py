"""The database's file: where it may be, and that only we may read it."""

import os
from pathlib import Path

from storage.errors import StorageFileError


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
