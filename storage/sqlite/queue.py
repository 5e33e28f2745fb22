"""What waits to be written: the units that want a commit at once, and those that may wait to share another's."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from storage.sqlite.work import Outcome, Work

BATCH_LIMIT: Final = 200
"""How many units share a commit at most: some milliseconds of computing, so that the event loop stays responsive."""
PATIENT_LIMIT: Final = 32
"""How many of those that may wait are among them, or come after them: they are in no hurry."""
ENOUGH: Final = 16
"""So many that may wait are not let wait for more."""


@dataclass(frozen=True, slots=True)
class Job:
    """A unit of work, and who waits for its outcome; ``is_patient`` = it may wait to share a commit."""

    work: Work
    answer: "asyncio.Future[Outcome]"
    is_patient: bool


class WriteQueue:
    """The units in front of the writer; ``wake`` is called when there is something to be done now."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._urgent: deque[Job] = deque()
        self._patient: deque[Job] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._is_overdue = False

    def __len__(self) -> int:
        """Count the units that wait."""
        return len(self._urgent) + len(self._patient)

    @property
    def is_due(self) -> bool:
        """Tell whether there is something to be done now."""
        return self._is_overdue or bool(self._urgent)

    def add(self, job: Job, within: float) -> None:
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

    def take(self) -> list[Job]:
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
