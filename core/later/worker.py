"""What is to be sent later is put into the outbox when its time comes: one worker, woken by the clock or by a bell.

Everything is in rows, and each step is one short transaction that does and moves on: a daemon that is killed has done
all of a step or nothing of it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from core.clock import Clock
from core.errors import Busy
from core.later.enrolment import TICKS
from core.ports.store import Store, Unit

PUT_OFF: Final = timedelta(minutes=5)
"""How long what went wrong is left alone before it is tried again."""


@dataclass(slots=True)
class Deferral:
    """How to get a row out of the way on which a job fails; the job keeps it up to date while it works.

    When the job raises, its work is rolled back, and ``put_off`` is run in a transaction of its own: it defers the row
    that the job was working on. ``None`` = the job was working on no row in particular.
    """

    put_off: Callable[[Unit], None] | None = None


logger = logging.getLogger(__name__)

_LONGEST_SECONDS: Final = 30.0
"""How long the worker sleeps at most: clocks are put forward, and commands write from another process."""
_AGAIN_SECONDS: Final = 1.0
"""How long it rests when the store is busy or a job has a bug."""


class Job(Protocol):
    """A kind of messages that is posted when it is due."""

    def first_due(self, unit: Unit, now: datetime) -> datetime | None:
        """Return when something is due, which may be past; ``None`` if nothing waits at all."""
        ...

    def step(self, unit: Unit, now: datetime, deferral: Deferral) -> None:
        """Post some of what is due: as much as takes a few milliseconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The worker; units that keep something to be sent later wake it."""

    store: Store
    clock: Clock
    jobs: Sequence[Job]

    async def run(self) -> None:
        """Do what is due until cancelled."""
        while True:
            with self.store.bells.attend(TICKS) as bell:
                await bell.wait(await self._turn())

    async def _turn(self) -> float:
        """Do a step of each job that is due; return for how many seconds there is nothing to do."""
        try:
            moments = await self.store.read(lambda unit: [job.first_due(unit, self.clock.now()) for job in self.jobs])
        except Busy:
            logger.warning("the store is busy; looking for what is due again in a moment")
            return _AGAIN_SECONDS
        now = self.clock.now()
        due = [job for job, moment in zip(self.jobs, moments, strict=True) if moment and moment <= now]
        if due:
            went_well = [await self._step(job) for job in due]
            return 0.0 if all(went_well) else _AGAIN_SECONDS
        return min([_LONGEST_SECONDS, *((moment - now).total_seconds() for moment in moments if moment)])

    async def _step(self, job: Job) -> bool:
        """Do a step of a job; return whether it went well. One that does not holds up no other.

        Nor does one row of a job hold up the others: it is put off.
        """
        now, deferral = self.clock.now(), Deferral()
        work: Callable[[Unit], None] | None = partial(job.step, now=now, deferral=deferral)
        while work is not None:
            deferral.put_off = None
            try:
                await self.store.write(work)
            except Busy:
                logger.warning("the store is busy; sending what is due in a moment")
                return False
            except Exception:
                logger.exception("a bug in sending what is due", extra={"job": type(job).__name__})
                work = deferral.put_off
            else:
                return True
        return False
