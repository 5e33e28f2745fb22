"""Noticing that the machine's clock was set back, by the event loop's time, which is never set.

What was due by the clock as it was is due still. Without this it would wait until the clock is there once more.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.clock import Clock

_NOTICED: Final = timedelta(seconds=5)
"""Less than this is a clock being adjusted, and costs nothing."""


@dataclass(frozen=True, slots=True)
class SetBack:
    """The clock stands at ``now``, would have stood at ``was``."""

    was: datetime
    now: datetime

    @property
    def by(self) -> timedelta:
        """How far it was set back."""
        return self.was - self.now


class ClockWatch:
    """Looks at the clock again and again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: tuple[float, datetime] | None = None

    def look(self) -> SetBack | None:
        """Tell whether the clock was set back since the last look."""
        ticks, now = asyncio.get_running_loop().time(), self._clock.now()
        before, self._seen = self._seen, (ticks, now)
        if before is None:
            return None
        was = before[1] + timedelta(seconds=ticks - before[0])
        return SetBack(was, now) if was - now > _NOTICED else None
