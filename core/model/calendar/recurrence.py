"""How often something recurs: every so many hours, every so many days, or by cron (``projects-api`` section 9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.errors import Invalid
from core.model.calendar.cron import next_time, read_cron
from core.model.calendar.time_zones import on_the_wall, read_zone

HOURS_LIMIT: Final = 8760
DAYS_LIMIT: Final = 365
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Exactly one of three; ``cron`` has a ``timezone``, days may have one (UTC if not)."""

    interval_hours: int | None = None
    interval_days: int | None = None
    cron: str | None = None
    timezone: str | None = None


def checked_rhythm(rhythm: Recurrence) -> Recurrence:
    """Return the rhythm; raise ``Invalid``."""
    given = (rhythm.interval_hours, rhythm.interval_days, rhythm.cron)
    if sum(each is not None for each in given) != 1:
        raise Invalid("interval_hours: say one of interval_hours, interval_days and cron")
    if rhythm.timezone is not None:
        read_zone(rhythm.timezone)
    if rhythm.interval_hours is not None and not 1 <= rhythm.interval_hours <= HOURS_LIMIT:
        raise Invalid(f"interval_hours: must be 1 to {HOURS_LIMIT}")
    if rhythm.interval_days is not None and not 1 <= rhythm.interval_days <= DAYS_LIMIT:
        raise Invalid(f"interval_days: must be 1 to {DAYS_LIMIT}")
    if rhythm.cron is not None:
        read_cron(rhythm.cron)
        if rhythm.timezone is None:
            raise Invalid("timezone: say in which one cron's times are")
    return rhythm


def next_run(rhythm: Recurrence, since: datetime, after: datetime) -> datetime:
    """Return the first time after a moment; intervals are counted from ``since``, days keep the time on the wall.

    However much was missed before, it is one time. ``after`` is never before ``since``, unless a clock was put back.
    """
    if rhythm.interval_hours is not None:
        step = rhythm.interval_hours * _HOUR
        return since + step * max(1, (after - since) // step + 1)
    zone = read_zone(rhythm.timezone or "UTC")
    if rhythm.cron is not None:
        return next_time(read_cron(rhythm.cron), zone, after)
    days = rhythm.interval_days or 1
    wall = since.astimezone(zone).replace(tzinfo=None)
    number = max(1, (after - since) // timedelta(days=days) - 1)
    while (moment := on_the_wall(wall + number * timedelta(days=days), zone)) <= after:
        number += 1
    return moment
