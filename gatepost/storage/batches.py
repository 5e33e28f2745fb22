"""A thread that serves whatever waits, all of it at once. What it serves it with is not its business.

Callers are tasks of one event loop. They wait for futures, and one wake-up of the loop answers a whole batch.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from gatepost.core.errors import Busy
from gatepost.storage.unit import SqlUnit

T = TypeVar("T")
Work = Callable[[SqlUnit], Any]
Outcome = tuple[Any, BaseException | None]
"""What a unit of work returned, or what it raised."""

BATCH_LIMIT: Final = 500
"""How many are served at once at most, so that the first of them does not wait for ever."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    answer: "asyncio.Future[Outcome]"


class BatchThread:
    """Serves units of work in the order in which they came, on a thread of its own; make it inside the event loop.

    ``serve`` runs a batch and returns one outcome for each; ``stop`` is called last, both on the thread.
    """

    def __init__(
        self, name: str, serve: Callable[[Sequence[Work]], list[Outcome]], stop: Callable[[], None], queue_limit: int
    ) -> None:
        self._serve = serve
        self._stop = stop
        self._queue_limit = queue_limit
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._accepting = True
        self._last_batch = False
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def ask(self, work: Callable[[SqlUnit], T]) -> T:
        """Have ``work`` served; raise what it raised, or ``Busy`` if too many wait or the thread is closing.

        Work whose caller gave up before its turn is not done.
        """
        if not self._accepting or self._queue.qsize() >= self._queue_limit:
            raise Busy
        job = _Job(work, self._loop.create_future())
        self._queue.put(job)
        value, error = await job.answer
        if error is not None:
            raise error
        result: T = value
        return result

    async def close(self) -> None:
        """Accept nothing more, serve what waits, and end the thread."""
        if self._accepting:
            self._accepting = False
            self._queue.put(None)
        await self._stopped.wait()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._last_batch:
                jobs = [job for job in self._take_all() if not job.answer.cancelled()]
                if jobs:
                    self._tell(partial(_answer, jobs, self._outcomes(jobs)))
        finally:
            try:
                self._stop()
            finally:
                self._tell(self._stopped.set)

    def _take_all(self) -> list[_Job]:
        """Wait for work, then take all there is."""
        jobs: list[_Job] = []
        job = self._queue.get()
        try:
            while job is not None:
                jobs.append(job)
                if len(jobs) == BATCH_LIMIT:
                    return jobs
                job = self._queue.get_nowait()
        except Empty:
            return jobs
        self._last_batch = True
        return jobs

    def _outcomes(self, jobs: list[_Job]) -> list[Outcome]:
        try:
            return self._serve([job.work for job in jobs])
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the callers must hear of it
            return [(None, error)] * len(jobs)

    def _tell(self, callback: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            logger.warning("The event loop ended before its store was closed.")


def _answer(jobs: list[_Job], outcomes: list[Outcome]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if not job.answer.done():
            job.answer.set_result(outcome)
