"""SQLite with group commit: the one place that explains where the speed comes from.

A commit that survives a power cut waits for the disk, and the disk takes as long for a hundred rows as for one. So
units of work wait in a queue. The writer takes *all* that are waiting, begins one transaction, runs each unit in a
savepoint of its own, commits once, and only then answers each caller. While the disk works, the next batch gathers:
the busier it is, the more units share a commit, and a lone unit waits for none.

Where hundreds of units a second come one by one and no caller waits for them, each would still be a commit, which
costs more than what it keeps. Their callers say for how long they may wait (``write(work, within=seconds)``). Such a
unit is done in the next batch of other units; without one when its time is over, or when sixteen of them wait.

What follows from this. A unit that raises is rolled back alone, to its savepoint, and its caller gets the exception;
the others never notice. If the transaction cannot begin or commit, nothing in it happened and every caller gets
``Busy``. No answer is given before it is on disk (``synchronous=FULL``), so what was answered is true after a crash.
The bells that units ring are rung after the commit, those of a unit that was rolled back never.

Who waits, and where. A unit is some tens of microseconds of computing on pages that are in memory, so it runs on the
event loop itself. What can take long happens on a thread: the commit, and waiting for another process to finish
writing. Moving whole units to threads was tried: each statement then gives up the interpreter and has to get it back
from a busy event loop, which cost a login three times the CPU. For the same reason reads run on the event loop, on
a connection of their own: in WAL mode they see what was last committed and wait for no writer.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from core.bells import Bells
from core.errors import Busy
from core.seal import Seal
from storage.sqlite.queue import Job, WriteQueue
from storage.sqlite.work import Outcome, Work, is_locked, run
from storage.statements import Statements
from storage.unit import SqlUnit
from storage.vault import Vault

T = TypeVar("T")

_WORTH_SHARING: Final = 2
_READ_LOCK_TIMEOUT: Final = 0.05
"""Seconds. In WAL mode no writer locks out a reader, but for the instants in which the log is restored or removed."""
_CACHED_STATEMENTS: Final = 256
"""More than there are statements in all the repositories, so that SQLite parses each once."""

logger = logging.getLogger(__name__)


class SqliteDatabase:
    """One SQLite file, its writer and its reader; make it inside the event loop, after the migrations.

    ``queue_limit`` is how many units may wait to be written, ``lock_timeout`` how many seconds to wait for another
    process that writes. Phones are kept under ``seal``. ``bells`` are what units ring.
    """

    def __init__(self, path: Path, seal: Seal, queue_limit: int, lock_timeout: float) -> None:
        self.bells = Bells()
        vault = Vault(seal)
        self._writer = _Writer(path, vault, self.bells, queue_limit, lock_timeout)
        self._reader = _Reader(path, vault)

    @property
    def commits(self) -> int:
        """How many commits have reached the disk; batches that changed nothing do not count."""
        return self._writer.commits

    async def write(self, work: Callable[[SqlUnit], T], within: float = 0.0) -> T:
        """Run ``work`` in a transaction; when this returns, what it did survives a power cut.

        It may wait up to ``within`` seconds for others to share a commit with.
        """
        answer: T = _answer(await self._writer.ask(work, within))
        return answer

    async def prove(self) -> None:
        """Write one row as it is, for real: what a disk that is full or gone refuses."""
        _answer(await self._writer.ask(lambda _unit: self._writer.rewrite(), within=0.0))

    async def read(self, work: Callable[[SqlUnit], T]) -> T:
        """Run ``work``, which changes nothing, on a consistent view."""
        answer: T = _answer(self._reader.serve(work))
        return answer

    async def close(self) -> None:
        """Accept nothing more, finish what waits, and put everything into the one file."""
        self._reader.close()
        await self._writer.close()


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
    """Runs batches of units, each batch in one transaction; one task at a time touches the connection."""

    def __init__(self, path: Path, vault: Vault, bells: Bells, queue_limit: int, lock_timeout: float) -> None:
        self.commits = 0
        self._bells = bells
        self._connection = connect(path, lock_timeout)
        self._lock_milliseconds = int(lock_timeout * 1000)
        self._execute = self._connection.cursor().execute
        self._execute("PRAGMA busy_timeout = 0")
        self._unit = SqlUnit(Statements(self._connection), vault)
        self._queue_limit = queue_limit
        self._queue = WriteQueue(self._wake)
        self._serving: asyncio.Task[None] | None = None
        self._closed = False
        self._disk = ThreadPoolExecutor(1, "gatepost-disk")

    async def ask(self, work: Work, within: float) -> Outcome:
        """Have ``work`` done, unless its caller gives up before its turn; raise ``Busy`` if too many wait."""
        if self._closed or len(self._queue) >= self._queue_limit:
            raise Busy
        job = Job(work, asyncio.get_running_loop().create_future(), is_patient=within > 0)
        self._queue.add(job, within)
        return await job.answer

    async def close(self) -> None:
        """Finish what waits, put what the log holds into the file, and let go of it."""
        if self._closed:
            return
        self._closed = True
        self._queue.hurry()
        while self._serving is not None:
            await self._serving
        await self._on_disk(self._let_go)
        self._disk.shutdown()

    def rewrite(self) -> None:
        """Inside a unit: change a row into what it is."""
        self._execute("UPDATE alembic_version SET version_num = version_num")

    def _wake(self) -> None:
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        try:
            while self._queue.is_due:
                await self._serve_batch()
        finally:
            self._serving = None

    async def _serve_batch(self) -> None:
        """Serve those who wait; if the disk refuses nothing was done, and ``Busy`` is everyone's outcome."""
        jobs: list[Job] = []
        try:
            await self._begin()
            changes = self._connection.total_changes
            jobs = self._queue.take()
            outcomes = self._run_all(jobs)
            if self._connection.total_changes != changes and self._connection.in_transaction:
                await self._on_disk(lambda: self._execute("COMMIT"))
                self.commits += 1
        except sqlite3.Error:
            jobs = jobs or self._queue.take()
            logger.exception("The database refused a transaction of %d units.", len(jobs))
            outcomes = [Outcome(None, Busy()) for _ in jobs]
        except Exception as error:  # noqa: BLE001 - a bug of ours; the callers must not wait for ever
            jobs = jobs or self._queue.take()
            outcomes = [Outcome(None, error) for _ in jobs]
        self._roll_back()
        for job, outcome in zip(jobs, outcomes, strict=True):
            if not job.answer.done():
                job.answer.set_result(outcome)
        for key in frozenset().union(*(outcome.rung for outcome in outcomes)):
            self._bells.ring(key)

    async def _begin(self) -> None:
        """Begin; while another process writes, wait for it where no other unit has to."""
        try:
            self._execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_locked(error):
                raise
            await self._on_disk(self._begin_patiently)

    def _begin_patiently(self) -> None:
        self._execute(f"PRAGMA busy_timeout = {self._lock_milliseconds}")
        try:
            self._execute("BEGIN IMMEDIATE")
        finally:
            self._execute("PRAGMA busy_timeout = 0")

    def _run_all(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Run the units. A lone one needs no savepoint: rolling back the transaction rolls back it alone."""
        if len(jobs) != 1:
            urgent = [self._run_one_of(job.work) for job in jobs if not job.is_patient]
            return urgent + self._run_together([job.work for job in jobs if job.is_patient])
        outcome = run(jobs[0].work, self._unit)
        if outcome.error is not None:
            self._roll_back()
        return [outcome]

    def _run_together(self, works: Sequence[Work]) -> list[Outcome]:
        """Run units that hardly ever fail in one savepoint; should one fail, each is run again in one of its own."""
        if len(works) < _WORTH_SHARING:
            return [self._run_one_of(work) for work in works]
        outcomes: list[Outcome] = []
        self._execute("SAVEPOINT units")
        for work in works:
            outcomes.append(run(work, self._unit))
            if outcomes[-1].error is not None:
                self._execute("ROLLBACK TO units")
                break
        self._execute("RELEASE units")
        has_failed = outcomes[-1].error is not None
        return [self._run_one_of(work) for work in works] if has_failed else outcomes

    def _run_one_of(self, work: Work) -> Outcome:
        """Run one unit of several. If SQLite has given up the whole transaction, the savepoint is gone: that raises."""
        self._execute("SAVEPOINT unit")
        outcome = run(work, self._unit)
        if outcome.error is not None:
            self._execute("ROLLBACK TO unit")
        self._execute("RELEASE unit")
        return outcome

    def _roll_back(self) -> None:
        """End the transaction if it is still there: it failed, or changed nothing."""
        try:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
        except sqlite3.Error:
            logger.exception("The database refused to roll back.")

    def _let_go(self) -> None:
        try:
            self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            logger.warning("The write-ahead log stays until the next start: %s", error)
        self._connection.close()

    async def _on_disk(self, step: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._disk, step)


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
        except sqlite3.Error:
            logger.exception("The database refused a view.")
            raise Busy from None
        try:
            return run(work, self._unit)
        finally:
            self._execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        if not self._closed:
            self._closed = True
            self._connection.close()


def _answer(outcome: Outcome) -> Any:  # noqa: ANN401 - only the caller knows what its work returns
    """Return what a unit returned, or raise what it raised."""
    if outcome.error is not None:
        raise outcome.error
    return outcome.value
