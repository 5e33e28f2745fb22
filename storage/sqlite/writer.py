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
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.bells import Bells
from core.errors import Busy
from storage.sqlite.file import connect
from storage.sqlite.work import Outcome, Work, is_locked, run
from storage.statements import Statements
from storage.unit import SqlUnit
from storage.vault import Vault

BATCH_LIMIT: Final = 200
"""How many units share a commit at most: some milliseconds of computing, so that the event loop stays responsive."""
PATIENT_LIMIT: Final = 32
"""How many of those that may wait are among them, or come after them: they are in no hurry."""
ENOUGH: Final = 16
"""So many that may wait are not let wait for more."""
_WORTH_SHARING: Final = 2
"""From so many units on, one savepoint for all is cheaper than one for each."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """A unit of work, and who waits for its outcome; ``is_patient`` = it may wait to share a commit."""

    work: Work
    answer: "asyncio.Future[Outcome]"
    is_patient: bool


class Writer:
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
        self._queue = _Queue(self._wake)
        self._serving: asyncio.Task[None] | None = None
        self._closed = False
        self._disk = ThreadPoolExecutor(1, "gatepost-disk")

    async def ask(self, work: Work, within: float) -> Outcome:
        """Have ``work`` done, unless its caller gives up before its turn; raise ``Busy`` if too many wait."""
        if self._closed or len(self._queue) >= self._queue_limit:
            raise Busy
        job = _Job(work, asyncio.get_running_loop().create_future(), is_patient=within > 0)
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
        jobs: list[_Job] = []
        try:
            await self._begin()
            changes = self._connection.total_changes
            jobs = self._queue.take()
            outcomes = self._run_all(jobs)
            if self._connection.total_changes != changes and self._connection.in_transaction:
                await self._on_disk(lambda: self._execute("COMMIT"))
                self.commits += 1
        except sqlite3.Error as error:
            jobs = jobs or self._queue.take()
            told = {"units": len(jobs), "why": str(error)}
            logger.error("the database refused a transaction", extra=told)  # noqa: TRY400 - that is all of it
            outcomes = [Outcome(None, Busy(str(error))) for _ in jobs]
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

    def _run_all(self, jobs: Sequence[_Job]) -> list[Outcome]:
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
        except sqlite3.Error as error:
            logger.error("the database refused to roll back", extra={"why": str(error)})  # noqa: TRY400 - the same

    def _let_go(self) -> None:
        try:
            self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            logger.warning("The write-ahead log stays until the next start: %s", error)
        self._connection.close()

    async def _on_disk(self, step: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._disk, step)


class _Queue:
    """The units in front of the writer; ``wake`` is called when there is something to be done now."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._urgent: deque[_Job] = deque()
        self._patient: deque[_Job] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_overdue = False

    def __len__(self) -> int:
        """Count the units that wait."""
        return len(self._urgent) + len(self._patient)

    @property
    def is_due(self) -> bool:
        """Tell whether there is something to be done now."""
        return self._is_overdue or bool(self._urgent)

    def add(self, job: _Job, within: float) -> None:
        """Let a unit in that is to be begun within so many seconds; 0 is at once."""
        if within <= 0:
            self._urgent.append(job)
            self._wake()
            return
        self._patient.append(job)
        if len(self._patient) >= ENOUGH:
            self.hurry()
        else:
            self._call_within(within)

    def take(self) -> list[_Job]:
        """Return the units of the next batch, the patient ones last, without those that were given up meanwhile."""
        jobs = [self._urgent.popleft() for _ in range(min(len(self._urgent), BATCH_LIMIT))]
        jobs += [self._patient.popleft() for _ in range(min(len(self._patient), PATIENT_LIMIT))]
        self._is_overdue = bool(self._patient)  # they have waited for a whole batch already
        if self._timer is not None and not self._patient:
            self._timer.cancel()
            self._timer = None
        return [job for job in jobs if not job.answer.done()]

    def hurry(self) -> None:
        """Let no unit wait any longer."""
        if self._patient:
            self._is_overdue = True
            self._wake()

    def _call_within(self, seconds: float) -> None:
        """See to it that ``hurry`` is called by then."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        self.hurry()
