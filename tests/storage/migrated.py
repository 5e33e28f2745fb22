"""A database file as the migrations leave it, made once: each of hundreds of tests would take a sixth of a second."""

from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.revisions import bring_up_to_date
from storage.sqlite.file import connect
from tests.storage.key import SEAL


def lay_down(path: Path) -> None:
    """Put an empty database there, unless there is a file; whoever opens it finds nothing to migrate."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        with closing(connect(path, lock_timeout=1.0)) as connection:
            bring_up_to_date(connection, SEAL)
        return path.read_bytes()
