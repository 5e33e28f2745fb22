"""How often something recurs: every so many hours, every so many days, or by cron (``projects-api`` section 9).

Cron's five fields (crontab(5)) are read by cronsim, and come at most once an hour. Sunday is 0 and 7. Where both days
are restricted, either will do; where one begins with ``*``, both must hold.

cronsim counts on a clock that never changes, and what a zone's clock makes of that is decided here: cronsim would move
02:30 to 03:00 where there is no 02:30, Gatepost moves it to 03:30. A time that a change of clocks leaves out comes
once, after it; one that it repeats comes once, unless the hour is ``*``: what is hourly goes on hourly.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from core.complaints import Where, Wrong
from core.errors import Invalid
from core.model.calendar.time_zones import on_the_wall, read_zone

HOURS_LIMIT: Final = 8760
DAYS_LIMIT: Final = 365
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_HOURS_OF_A_DAY: Final = 24

_CRON_LIMIT: Final = 200
_CRON_FIELDS: Final = (
    (Where.CRON_MINUTE, 0, 59),
    (Where.CRON_HOUR, 0, 23),
    (Where.CRON_DAY, 1, 31),
    (Where.CRON_MONTH, 1, 12),
    (Where.CRON_WEEKDAY, 0, 7),
)
_PART: Final = r"(?:\*|(?:[0-9]{1,2}|[A-Z]{3})(?:-(?:[0-9]{1,2}|[A-Z]{3}))?)(?:/[0-9]{1,2})?"
_FIELD: Final = re.compile(rf"{_PART}(?:,{_PART})*")
"""cronsim reads more: ``L``, ``LW``, ``#`` and steps of steps, which crontab(5) has not."""
_NAME: Final = re.compile(r"[A-Z]+")
_UNTIL_SUNDAY: Final = re.compile(r"(?<!0)(?<!SUN)-SUN")
"""cronsim takes this Sunday for 0, so that a span up to it ends before it begins."""
_STEP_OF_ONE: Final = re.compile(r"(?<![^,])(\w+)-\1/(?!00?\b)[0-9]{1,2}(?![^,])")
"""cronsim takes the step of a span of one, such as ``9-9/2``, for that of the number, ``9/2``."""
_SIDE_BY_SIDE: Final = 2
"""Times on a wall of which the second may be the earlier moment, where a clock jumps two hours (Antarctica/Troll)."""
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """How often: exactly one of three is set; ``cron`` has a ``timezone``, days may have one (UTC if not)."""

    interval_hours: int | None = None
    interval_days: int | None = None
    cron: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields as cronsim reads them; ``is_hourly`` = all day long."""

    fields: str
    is_hourly: bool


def checked_recurrence(recurrence: Recurrence) -> Recurrence:
    """Return the recurrence; raise ``Invalid`` unless it says exactly one thing, within its limits."""
    given = (recurrence.interval_hours, recurrence.interval_days, recurrence.cron)
    if sum(each is not None for each in given) != 1:
        raise Invalid("interval_hours", Wrong.NOT_ONE_RHYTHM)
    if recurrence.timezone is not None:
        read_zone(recurrence.timezone)
    if recurrence.interval_hours is not None and not 1 <= recurrence.interval_hours <= HOURS_LIMIT:
        raise Invalid("interval_hours", Wrong.NOT_BETWEEN, least=1, most=HOURS_LIMIT)
    if recurrence.interval_days is not None and not 1 <= recurrence.interval_days <= DAYS_LIMIT:
        raise Invalid("interval_days", Wrong.NOT_BETWEEN, least=1, most=DAYS_LIMIT)
    if recurrence.cron is not None:
        read_cron(recurrence.cron)
        if recurrence.timezone is None:
            raise Invalid("timezone", Wrong.CRON_WITHOUT_ZONE)
    return recurrence


def next_run(recurrence: Recurrence, since: datetime, after: datetime) -> datetime:
    """Return the first time after a moment; intervals are counted from ``since``, days keep the time on the wall.

    However much was missed before, it is one time. ``after`` is never before ``since``, unless a clock was put back.
    """
    if recurrence.interval_hours is not None:
        step = recurrence.interval_hours * _HOUR
        return since + step * max(1, (after - since) // step + 1)
    zone = read_zone(recurrence.timezone or "UTC")
    if recurrence.cron is not None:
        return next_time(read_cron(recurrence.cron), zone, after)
    days = recurrence.interval_days or 1
    wall = since.astimezone(zone).replace(tzinfo=None)
    number = max(1, (after - since) // timedelta(days=days) - 1)
    while (moment := on_the_wall(wall + number * timedelta(days=days), zone)) <= after:
        number += 1
    return moment


@lru_cache(maxsize=1024)
def read_cron(text: str) -> Cron:
    """Return what the five fields of a cron expression say; raise ``Invalid``."""
    fields = text[: _CRON_LIMIT + 1].upper().split()
    if len(text) > _CRON_LIMIT or len(fields) != len(_CRON_FIELDS):
        raise Invalid("cron", Wrong.CRON_NOT_FIVE_FIELDS)
    fields = [_STEP_OF_ONE.sub(r"\1", field) for field in fields]
    fields[-1] = _UNTIL_SUNDAY.sub("-7", fields[-1])
    minutes, hours, *_ = [_checked(position, field) for position, field in enumerate(fields)]
    if len(minutes.minutes) != 1:
        raise Invalid("cron", Wrong.CRON_TOO_OFTEN)
    is_hourly = len(hours.hours) == _HOURS_OF_A_DAY
    fields[0] = str(min(minutes.minutes))
    fields[1] = "*" if is_hourly else ",".join(map(str, sorted(hours.hours)))
    cron = Cron(" ".join(fields), is_hourly)
    try:
        next(CronSim(cron.fields, _LONG_AGO))
    except (CronSimError, StopIteration):
        raise Invalid("cron", Wrong.CRON_NEVER) from None
    return cron


def next_time(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime:
    """Return when (in UTC) it is next to be done after a moment."""
    later = (moment for moment in _moments(cron, zone, after) if moment > after)
    return min(islice(later, _SIDE_BY_SIDE))


def _moments(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """List when it is to be done, from a day before a moment on, in the order of the clock on the wall."""
    begin = (after - _DAY).astimezone(zone).replace(tzinfo=None)  # what clocks put off may be of the day before
    for wall in CronSim(cron.fields, begin):
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        yield first
        if cron.is_hourly and second > first:
            yield second


def _checked(position: int, field: str) -> CronSim:
    """Return one of the five fields as cronsim reads it where all others are ``*``; raise ``Invalid``."""
    part, low, high = _CRON_FIELDS[position]
    if _FIELD.fullmatch(field) is None:
        raise Invalid("cron", Wrong.CRON_UNREADABLE, part=part)
    cron = _alone(position, field)
    if cron is not None:
        return cron
    if any(_alone(position, each) is None for each in _NAME.findall(field)):
        raise Invalid("cron", Wrong.CRON_UNKNOWN_NAME)
    raise Invalid("cron", Wrong.CRON_NOT_BETWEEN, part=part, least=low, most=high)


def _alone(position: int, field: str) -> CronSim | None:
    """Return one of the five fields as cronsim reads it where all others are ``*``; ``None`` if it refuses it."""
    fields = ["*"] * len(_CRON_FIELDS)
    fields[position] = field
    try:
        return CronSim(" ".join(fields), _LONG_AGO)
    except CronSimError:
        return None
