"""Cron's five fields: minute, hour, day of the month, month, day of the week (crontab(5)), at most once an hour.

Sunday is 0 and 7. Where both days are restricted, either will do; where one begins with ``*``, both must hold. A time
that a change of clocks leaves out comes once, after it; one that it repeats comes once, unless the hour is ``*``: what
is hourly goes on hourly.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import Invalid
from core.model.calendar.time_zones import on_the_wall

_FIELDS: Final = 5
_TEXT_LIMIT: Final = 200
_PART: Final = re.compile(r"(?:(\*)|([0-9]{1,2}|[A-Z]{3})(?:-([0-9]{1,2}|[A-Z]{3}))?)(?:/([0-9]{1,2}))?")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_SUNDAY: Final = 7
_HOURS: Final = 24
_DAY: Final = timedelta(days=1)
_LONGEST: Final = 41 * 366
"""Days that the rarest date may be away: a Sunday that is a 29 February, over a year such as 2100, which has none."""


@dataclass(frozen=True, slots=True)
class Cron:
    """When something is to be done, by a clock on the wall; ``is_either_day`` = one of the two days is enough."""

    minute: int
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    is_either_day: bool

    @property
    def is_every_hour(self) -> bool:
        """Whether it is to be done all day long."""
        return len(self.hours) == _HOURS

    def matches(self, day: date) -> bool:
        """Tell whether it is to be done on this day."""
        by_day, by_weekday = day.day in self.days, day.isoweekday() % _SUNDAY in self.weekdays
        fits = by_day or by_weekday if self.is_either_day else by_day and by_weekday
        return fits and day.month in self.months


@lru_cache(maxsize=1024)
def read_cron(text: str) -> Cron:
    """Return what five fields say; raise ``Invalid``."""
    fields = text[: _TEXT_LIMIT + 1].upper().split()
    if len(text) > _TEXT_LIMIT or len(fields) != _FIELDS:
        raise Invalid("cron: must have five fields, such as 0 9 * * 1")
    minutes = _read("minute", fields[0], 0, 59)
    hours = _read("hour", fields[1], 0, 23)
    days = _read("day of the month", fields[2], 1, 31)
    months = _read("month", fields[3], 1, 12, {name: number for number, name in enumerate(_MONTHS, start=1)})
    weekdays = _read("day of the week", fields[4], 0, _SUNDAY, {name: number for number, name in enumerate(_DAYS)})
    if len(minutes) != 1:
        raise Invalid("cron: at most once an hour, so the first field is one number")
    cron = Cron(
        minute=min(minutes),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(day % _SUNDAY for day in weekdays),
        is_either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )
    _check_it_comes(cron)
    return cron


def next_time(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime:
    """Return when (in UTC) it is next to be done after a moment."""
    day = after.astimezone(zone).date() - _DAY  # what a change of clocks put off may be of the day before
    for _ in range(_LONGEST):
        later = [moment for moment in _moments(cron, zone, day) if moment > after]
        if later:
            return min(later)
        day += _DAY
    raise LookupError("a date that comes, and does not")


def _moments(cron: Cron, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    """List when it is to be done on a day and the next: a change of clocks at midnight may put one behind the other."""
    for each in (day, day + _DAY):
        if not cron.matches(each):
            continue
        for hour in cron.hours:
            wall = datetime.combine(each, time(hour, cron.minute))
            first = on_the_wall(wall, zone)
            yield first
            if cron.is_every_hour and _shows(first, zone) == wall:
                yield wall.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _shows(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _read(name: str, text: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """Return the numbers that one field names."""
    values: set[int] = set()
    for part in text.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise Invalid(f"cron: the {name} cannot be read")
        star, first, last, step = found.groups()
        begin, end = (low, high) if star else _span(first, last or (None if step is None else str(high)), names or {})
        if not low <= begin <= end <= high or (step and int(step) == 0):
            raise Invalid(f"cron: the {name} must be {low} to {high}")
        values.update(range(begin, end + 1, int(step or 1)))
    return frozenset(values)


def _span(first: str, last: str | None, names: Mapping[str, int]) -> tuple[int, int]:
    """Return the first and last number of a part such as ``5``, ``MON-FRI`` or ``1-9``."""
    try:
        begin = names[first] if first.isalpha() else int(first)
        end = begin if last is None else names[last] if last.isalpha() else int(last)
    except KeyError:
        raise Invalid("cron: has a name that is no month and no day") from None
    return (begin, _SUNDAY) if last == "SUN" and begin > end else (begin, end)


def _check_it_comes(cron: Cron) -> None:
    """Raise ``Invalid`` for a date that never comes, such as 30 February."""
    begin = date(2000, 1, 1)
    if not any(cron.matches(begin + number * _DAY) for number in range(_LONGEST)):
        raise Invalid("cron: names a date that never comes")
