"""SQLite with group commit: the one place that explains where the speed comes from.

A commit that survives a power cut waits for the disk, and the disk takes as long for a hundred rows as for one.
SQLite has one writer at a time anyway. So there is one **writer thread** with one connection, and units of work
queue for it. It takes *all* that are waiting, begins one transaction, runs each unit in a savepoint of its own,
commits once, and only then answers each caller. While the disk works, the next batch gathers: the busier it is, the
more units share a commit, and a lone unit waits for nobody.

What follows from this. A unit that raises is rolled back alone, to its savepoint, and its caller gets the exception;
the others never notice. If the transaction cannot begin or commit, nothing in it happened and every caller gets
``Busy``. Nobody has an answer before it is on disk (``synchronous=FULL``), so what was answered is true after a crash.

Reads have a **reader thread** and connection of their own. In WAL mode they see what was last committed and neither
wait for the writer nor hold it up; all that wait share one read transaction.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from gatepost.core.errors import Busy
from gatepost.storage.batches import BatchThread, Outcome, Work
from gatepost.storage.statements import Statements
from gatepost.storage.unit import SqlUnit

T = TypeVar("T")

_REFUSALS: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""What the disk or another process does to us; any other complaint of SQLite is a bug of ours."""
_PRIMARY_CODE: Final = 0xFF
_CACHED_STATEMENTS: Final = 256
"""More than there are statements in all the repositories, so that SQLite parses each once."""

logger = logging.getLogger(__name__)


class SqliteDatabase:
    """One SQLite file, its writer and its reader; make it inside the event loop, after the migrations.

    ``queue_limit`` is how many units may wait at each of the two doors, ``lock_timeout`` how many seconds to wait for
    another process that writes.
    """

    def __init__(self, path: Path, queue_limit: int, lock_timeout: float) -> None:
        self._writer = _Writer(connect(path, lock_timeout))
        self._reader = _Reader(connect(path, lock_timeout))
        self._writing = BatchThread("gatepost-writer", self._writer.serve, self._writer.stop, queue_limit)
        self._reading = BatchThread("gatepost-reader", self._reader.serve, self._reader.stop, queue_limit)

    @property
    def commits(self) -> int:
        """How many commits have reached the disk; batches that changed nothing do not count."""
        return self._writer.commits

    async def write(self, work: Callable[[SqlUnit], T]) -> T:
        """Run ``work`` in a transaction; when this returns, what it did survives a power cut."""
        return await self._writing.ask(work)

    async def read(self, work: Callable[[SqlUnit], T]) -> T:
        """Run ``work``, which changes nothing, on a consistent view."""
        return await self._reading.ask(work)

    async def close(self) -> None:
        """Accept nothing more, finish what waits, and put everything into the one file."""
        await self._reading.close()
        await self._writing.close()


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


class _Writer:
    """Runs batches of units, each batch in one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.commits = 0
        self._connection = connection
        self._execute = connection.cursor().execute
        self._unit = SqlUnit(Statements(connection))

    def serve(self, works: Sequence[Work]) -> list[Outcome]:
        """Run ``works`` and commit once; if that fails nothing was done, and ``Busy`` is everyone's outcome."""
        try:
            changes = self._connection.total_changes
            self._execute("BEGIN IMMEDIATE")
            # A lone unit needs no savepoint: rolling back the transaction rolls back it alone.
            outcomes = [self._run_lone(works[0])] if len(works) == 1 else [self._run_one_of(work) for work in works]
            if self._connection.in_transaction:
                self._execute("COMMIT")
                self.commits += self._connection.total_changes != changes
        except sqlite3.Error:
            logger.exception("The database refused a transaction of %d units.", len(works))
            self._roll_back()
            return [(None, Busy()) for _ in works]
        return outcomes

    def stop(self) -> None:
        """Put what the log holds into the file, and let go of it."""
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        except sqlite3.Error as error:
            logger.warning("The write-ahead log stays until the next start: %s", error)
        self._connection.close()

    def _run_lone(self, work: Work) -> Outcome:
        outcome = _run(work, self._unit)
        if outcome[1] is not None and self._connection.in_transaction:
            self._execute("ROLLBACK")
        return outcome

    def _run_one_of(self, work: Work) -> Outcome:
        """Run one unit of several. If SQLite has given up the whole transaction, the savepoint is gone: that raises."""
        self._execute("SAVEPOINT unit")
        outcome = _run(work, self._unit)
        if outcome[1] is not None:
            self._execute("ROLLBACK TO unit")
        self._execute("RELEASE unit")
        return outcome

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
        except sqlite3.Error:
            logger.exception("The database refused to roll back.")


class _Reader:
    """Runs batches of units that change nothing, each batch on one consistent view."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.cursor().execute
        self._unit = SqlUnit(Statements(connection))
        self._execute("PRAGMA query_only=ON")

    def serve(self, works: Sequence[Work]) -> list[Outcome]:
        """Run ``works``; what one raises is its own outcome."""
        self._execute("BEGIN")
        try:
            return [_run(work, self._unit) for work in works]
        finally:
            self._execute("ROLLBACK")

    def stop(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _run(work: Work, unit: SqlUnit) -> Outcome:
    try:
        return work(unit), None
    except sqlite3.Error as error:
        if not _is_refusal(error):
            return None, error
        logger.exception("The database refused a statement.")
        return None, Busy()
    except BaseException as error:  # noqa: BLE001 - it is its caller's, who raises it again
        return None, error


def _is_refusal(error: sqlite3.Error) -> bool:
    code: int | None = getattr(error, "sqlite_errorcode", None)  # the driver's own complaints have none
    return code is not None and code & _PRIMARY_CODE in _REFUSALS
