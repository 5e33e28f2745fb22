"""The store: the two doors of ``core.ports.Store`` over a database, and the one function that opens it."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError

from core.bells import Bells
from core.errors import Busy
from core.ports.store import Stale
from core.seal import Seal
from storage.errors import StorageFileError, StorageUrlError
from storage.revisions import bring_up_to_date
from storage.sqlite.database import SqliteDatabase, connect
from storage.sqlite.file import prepare_file
from storage.unit import SqlUnit

T = TypeVar("T")

QUEUE_LIMIT: Final = 10_000
"""How many units may wait at each door before callers are told ``Busy``."""
LOCK_TIMEOUT: Final = 5.0
"""Seconds to wait for another process that writes (a command beside the daemon) before callers are told ``Busy``."""
_RERUNS: Final = 3

logger = logging.getLogger(__name__)


class SqlStore:
    """``core.ports.Store`` over SQLite."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    @property
    def bells(self) -> Bells:
        """The bells that units ring, after their commit."""
        return self._database.bells

    @property
    def commits(self) -> int:
        """How many commits have reached the disk."""
        return self._database.commits

    async def write(self, work: Callable[[SqlUnit], T], within: float = 0.0) -> T:
        """Run ``work`` in a transaction; when this returns, what it did survives a power cut.

        ``within`` is for how many seconds it may wait for others to share a commit with; 0 is not at all.
        Work that raises ``Stale`` is run again, three times at most. Raises ``Busy`` after that, when too many wait,
        when the disk refuses, and when another process writes for too long.
        """
        for _ in range(1 + _RERUNS):
            try:
                return await self._database.write(work, within)
            except Stale:
                logger.info("A unit of work lost a swap and is run again.")
        raise Busy

    async def read(self, work: Callable[[SqlUnit], T]) -> T:
        """Run ``work``, which changes nothing, on a consistent view; raises ``Busy`` as ``write`` does."""
        return await self._database.read(work)

    async def prove(self) -> None:
        """Write something for real; raises ``Busy`` as ``write`` does."""
        await self._database.prove()

    async def close(self) -> None:
        """Accept nothing more and finish what waits; who asks from now on is told ``Busy``."""
        await self._database.close()


@asynccontextmanager
async def open_store(
    url: str, seal: Seal, *, queue_limit: int = QUEUE_LIMIT, lock_timeout: float = LOCK_TIMEOUT
) -> AsyncIterator[SqlStore]:
    """Open the database at ``url``, created or migrated as needed, and close it in the end.

    ``url`` is ``sqlite:////absolute/path`` or ``sqlite:///relative/path``; phones are kept under ``seal``.
    ``queue_limit`` is how many units may wait at each door, ``lock_timeout`` how many seconds to wait for another
    process that writes. Raises ``StorageUrlError``, ``StorageFileError`` or ``NewerDatabaseError``. Opening blocks the
    event loop: there is nothing to serve yet.
    """
    path = _path_of(url)
    prepare_file(path)
    try:
        _migrate(path, seal, lock_timeout)
        database = SqliteDatabase(path, seal, queue_limit, lock_timeout)
    except (DBAPIError, sqlite3.Error) as error:
        raise StorageFileError(f"The database {path} cannot be used: {_reason(error)}.") from error
    store = SqlStore(database)
    try:
        yield store
    finally:
        await asyncio.shield(store.close())


def _path_of(url: str) -> Path:
    scheme, separator, rest = url.partition("://")
    path = rest.removeprefix("/")
    if scheme != "sqlite" or not separator or path == rest or path in {"", ":memory:"}:
        shown = scheme if separator else "no scheme"
        raise StorageUrlError(
            f"The database's address must be sqlite:////absolute/path or sqlite:///relative/path; this one has {shown}."
        )
    return Path(path)


def _migrate(path: Path, seal: Seal, lock_timeout: float) -> None:
    with closing(connect(path, lock_timeout)) as connection:
        bring_up_to_date(connection, seal)


def _reason(error: Exception) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error)
