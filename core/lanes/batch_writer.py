"""Writing together what nobody waits for at once: a few milliseconds' worth in one unit of work, and one commit.

The store commits together those who happen to wait. Who sends hundreds of messages a second settles them one by one,
and each commit costs more than what it keeps; here they are let gather.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from core.ports.store import Store, Unit

_ENOUGH: Final = 16
"""So many are not let wait for more."""
_AT_ONCE: Final = 32
"""How many share a unit of work, so that it stays short."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Unit], Any]
    answer: asyncio.Future[Any]


class BatchWriter:
    """Writes for many; each gets back what its own work returned or raised, once it is on the disk.

    Nobody waits for others longer than ``seconds``.
    """

    def __init__(self, store: Store, seconds: float) -> None:
        self._store = store
        self._seconds = seconds
        self._jobs: list[_Job] = []
        self._enough = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run ``work`` in a transaction that it may share; raise as ``Store.write`` does."""
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        if len(self._jobs) >= _ENOUGH:
            self._enough.set()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        answer: T = await job.answer
        return answer

    async def _write_all(self) -> None:
        try:
            while self._jobs:
                await self._gather()
                jobs, self._jobs = self._jobs[:_AT_ONCE], self._jobs[_AT_ONCE:]
                await self._write(jobs)
        finally:
            self._writing = None

    async def _gather(self) -> None:
        timer = asyncio.get_running_loop().call_later(self._seconds, self._enough.set)
        await self._enough.wait()
        timer.cancel()
        self._enough.clear()

    async def _write(self, jobs: list[_Job]) -> None:
        """Write for all in one unit; where that fails each gets one of its own, so that no one spoils it for others."""
        try:
            answers = await self._store.write(lambda unit: [job.work(unit) for job in jobs])
        except Exception as trouble:  # noqa: BLE001 - whoever waits is told
            if len(jobs) > 1:
                await asyncio.gather(*(self._write([job]) for job in jobs))
            elif not jobs[0].answer.done():
                jobs[0].answer.set_exception(trouble)
            return
        for job, answer in zip(jobs, answers, strict=True):
            if not job.answer.done():
                job.answer.set_result(answer)
