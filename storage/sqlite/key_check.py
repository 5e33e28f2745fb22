"""Tells of a database file, before it is opened, whether a key is the one that it was written under."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.seal import DigestKeys, Seal, SealBrokenError
from storage.errors import StorageFileError
from storage.sealed import DIGESTS, SEALED, TELLING, digest_keys_context

_LOCK_TIMEOUT: Final = 5.0


@dataclass(frozen=True, slots=True)
class SealedIn:
    """What a file shows of the key it was written under: something ``sealed`` for a ``context``.

    ``sealed`` is empty where the file tells only that there was a key, and not which.
    ``digest_keys`` are the keys left of former master keys, sealed; ``None`` where there was none.
    """

    sealed: bytes
    context: str
    digest_keys: bytes | None = None

    def opens_under(self, seal: Seal) -> bool:
        """Tell whether this is the seal that the file was written under."""
        try:
            if self.sealed:
                seal.open(self.sealed, self.context)
        except SealBrokenError:
            return False
        return True

    def kept_keys(self, seal: Seal) -> DigestKeys | None:
        """Return the keys left of former master keys; raise ``SealBrokenError``."""
        if self.digest_keys is None:
            return None
        return DigestKeys.from_bytes(seal.open(self.digest_keys, digest_keys_context(DIGESTS)))


def sealed_in(path: Path) -> SealedIn | None:
    """Return what a database file holds that is sealed; ``None`` if that is nothing, or there is no file.

    Raises ``StorageFileError`` where the file cannot be read.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_LOCK_TIMEOUT)) as found:
            return _first(found)
    except sqlite3.Error as error:
        raise StorageFileError(f"The database {path} cannot be used: {error}.") from error


def _first(connection: sqlite3.Connection) -> SealedIn | None:
    for each in SEALED:
        row = _some(connection, each.table, each.column, each.identity)
        if row is not None:
            sealed, *identity = row
            if each.table not in TELLING:
                break
            return SealedIn(sealed, each.context(*identity), sealed if each.table == "digest_keys" else None)
    else:
        if _some(connection, "app_keys", "digest", ()) is None:
            return None
    return SealedIn(b"", "")


def _some(connection: sqlite3.Connection, table: str, column: str, identity: tuple[str, ...]) -> tuple[Any, ...] | None:
    """Return any value of a column that is not empty, and what its row is known by; the table may not be there yet."""
    if column not in {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}:
        return None
    columns = ", ".join((column, *identity))
    found: tuple[Any, ...] | None = connection.execute(
        f"SELECT {columns} FROM {table} WHERE length({column}) > 0 LIMIT 1"  # noqa: S608 - our own names
    ).fetchone()
    return found
