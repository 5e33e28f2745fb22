"""The store: the two doors of ``core.ports.Store`` over a database, and the one function that opens it."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from core.bells import Bells
from core.errors import Busy
from core.ports.store import Stale
from core.seal import Seal
from storage.errors import StorageFileError, StorageUrlError
from storage.revisions import bring_up_to_date
from storage.sqlite.file import connect, prepare_file
from storage.sqlite.work import Outcome, Work, run
from storage.sqlite.writer import Writer
from storage.statements import Statements
from storage.unit import SqlUnit
from storage.vault import Vault

T = TypeVar("T")

QUEUE_LIMIT: Final = 10_000
"""How many units may wait at each door before callers are told ``Busy``."""
LOCK_TIMEOUT: Final = 5.0
"""Seconds to wait for another process that writes (a command beside the daemon) before callers are told ``Busy``."""
_RERUNS: Final = 3
_READ_LOCK_TIMEOUT: Final = 0.05
"""Seconds. In WAL mode no writer locks out a reader, but for the instants in which the log is restored or removed."""

logger = logging.getLogger(__name__)


class SqlStore:
    """``core.ports.Store`` over one SQLite file; make it inside the event loop, after the migrations.

    ``queue_limit`` is how many units may wait to be written, ``lock_timeout`` how many seconds to wait for another
    process that writes. Phones are kept under ``seal``. ``bells`` are what units ring, after their commit.
    """

    def __init__(self, path: Path, seal: Seal, queue_limit: int, lock_timeout: float) -> None:
        self.bells: Final = Bells()
        vault = Vault(seal)
        self._writer = Writer(path, vault, self.bells, queue_limit, lock_timeout)
        self._reader = _Reader(path, vault)

    @property
    def commits(self) -> int:
        """How many commits have reached the disk; batches that changed nothing do not count."""
        return self._writer.commits

    async def write(self, work: Callable[[SqlUnit], T], within: float = 0.0) -> T:
        """Run ``work`` in a transaction; when this returns, what it did survives a power cut.

        ``within`` is for how many seconds it may wait for others to share a commit with; 0 is not at all.
        Work that raises ``Stale`` is run again, three times at most. Raises ``Busy`` after that, when too many wait,
        when the disk refuses, and when another process writes for too long.
        """
        for _ in range(1 + _RERUNS):
            outcome = await self._writer.ask(work, within)
            if not isinstance(outcome.error, Stale):
                answer: T = _answer(outcome)
                return answer
            logger.info("A unit of work lost a swap and is run again.")
        raise Busy

    async def read(self, work: Callable[[SqlUnit], T]) -> T:
        """Run ``work``, which changes nothing, on a consistent view; raises ``Busy`` as ``write`` does."""
        answer: T = _answer(self._reader.serve(work))
        return answer

    async def prove(self) -> None:
        """Write one row as it is, for real: what a disk that is full or gone refuses with ``Busy``."""
        _answer(await self._writer.ask(lambda _unit: self._writer.rewrite(), within=0.0))

    async def close(self) -> None:
        """Accept nothing more, finish what waits, and put everything into the one file.

        Who asks from now on is told ``Busy``.
        """
        self._reader.close()
        await self._writer.close()


class _Reader:
    """Runs units that change nothing, each on one consistent view."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self._connection = connect(path, _READ_LOCK_TIMEOUT)
        self._execute = self._connection.cursor().execute
        self._unit = SqlUnit(Statements(self._connection), vault)
        self._closed = False
        self._execute("PRAGMA query_only=ON")

    def serve(self, work: Work) -> Outcome:
        """Run ``work``; what it raises is its outcome."""
        if self._closed:
            raise Busy
        try:
            self._execute("BEGIN")
        except sqlite3.Error as error:
            logger.error("the database refused a view", extra={"why": str(error)})  # noqa: TRY400 - that is all of it
            raise Busy(str(error)) from None
        try:
            return run(work, self._unit)
        finally:
            self._execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        if not self._closed:
            self._closed = True
            self._connection.close()


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
        store = SqlStore(path, seal, queue_limit, lock_timeout)
    except (DBAPIError, sqlite3.Error) as error:
        raise StorageFileError(f"The database {path} cannot be used: {_reason(error)}.") from error
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


def _answer(outcome: Outcome) -> Any:  # noqa: ANN401 - only the caller knows what its work returns
    """Return what a unit returned, or raise what it raised."""
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
