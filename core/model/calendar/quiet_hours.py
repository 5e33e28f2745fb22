"""Quiet hours: when an app's broadcasts leave people alone, by the clock on their own wall.

Pure: a zone is whatever Python takes for one. Where a person lives is ``time_zones``'s.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid

_HOURS: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY: Final = timedelta(days=1)
_HORIZON: Final = timedelta(days=2)
"""Where a person may be in zones so far apart that it is always night in one of them, nothing would ever be sent."""
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` up to, and without, ``end``; over midnight if that is earlier."""

    start: time
    end: time

    def __str__(self) -> str:
        """Return the hours as ``read_quiet_hours`` reads them."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def covers(self, wall: time) -> bool:
        """Tell whether it is quiet when the clock shows this."""
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def left(self, wall: time) -> timedelta:
        """Return how long a clock that shows this takes to show the end."""
        return (_since_midnight(self.end) - _since_midnight(wall)) % _DAY


def read_quiet_hours(text: str) -> QuietHours:
    """Return the hours that a text such as ``22:00-08:00`` names; raise ``Invalid``."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise Invalid("quiet-hours", Wrong.BAD_QUIET_HOURS)
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    hours = QuietHours(time(start_hour, start_minute), time(end_hour, end_minute))
    if hours.start == hours.end:
        raise Invalid("quiet-hours", Wrong.QUIET_HOURS_EMPTY)
    return hours


def quiet_until(now: datetime, hours: QuietHours, zone: tzinfo) -> datetime | None:
    """Return when the clocks of the zone first show a time that is not quiet; ``None`` if they do now.

    It is the clock that counts: hours that are skipped in spring are not waited for, and those that come twice in
    autumn are quiet twice.
    """
    moment = now
    while hours.covers(wall := moment.astimezone(zone).time()):
        moment = _change_by(moment, moment + hours.left(wall), zone)
    return None if moment == now else moment


def quiet_in_any(now: datetime, hours: QuietHours, zones: Sequence[tzinfo], otherwise: tzinfo) -> datetime | None:
    """Return when it is quiet in none of the zones any more; ``None`` if it is in none now.

    If that takes more than two days it never comes, and ``otherwise`` is what counts.
    """
    moment = now
    while ends := [end for zone in zones if (end := quiet_until(moment, hours, zone)) is not None]:
        moment = max(ends)
        if moment > now + _HORIZON:
            return quiet_until(now, hours, otherwise)
    return None if moment == now else moment


def _change_by(begin: datetime, end: datetime, zone: tzinfo) -> datetime:
    """Return when the clocks are changed between the two, or ``end`` if they are not."""
    before = begin.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return end
    low, high = begin.astimezone(UTC), end.astimezone(UTC)
    while high - low > _SECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    # Clocks are changed at a whole second.
    return high.replace(microsecond=0)


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
