"""Times as sites write them, and the time zones (IANA) in which they are meant or in which a person may live.

Twice a year a wall's clock jumps. A time that it leaves out is taken as it would have been without the jump: 02:30 in a
night that goes from 02:00 to 03:00 is 03:30. Of a time that comes twice, the first one is meant. Where a phone's owner
may live is told by the number's region, as far as clocks are concerned.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import Phone

_REMEMBERED: Final = 4096
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(\.[0-9]+)?)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_ZONE: Final = re.compile(r"(?!right/|posix/)(?=.{1,64}\Z)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z][A-Za-z0-9_+-]*){0,3}")
_NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
"""Files among the zones of a machine that are no zones."""


def read_zone(name: str) -> ZoneInfo:
    """Return the time zone with this IANA name; raise ``Invalid`` if there is none on this machine."""
    zone = _zone(name) if _ZONE.fullmatch(name) and name not in _NO_ZONES else None
    if zone is None:
        raise Invalid("timezone", Wrong.BAD_ZONE)
    return zone


def read_moment(text: str, zone: ZoneInfo | None, field: str) -> datetime:
    """Return a time in UTC; one without an offset is on the wall in ``zone``. Raise ``Invalid``, naming ``field``."""
    written = _MOMENT.fullmatch(text)
    read = _time(_with_microseconds(written)) if written is not None else None
    if read is None:
        raise Invalid(field, Wrong.BAD_MOMENT)
    if read.tzinfo is None and zone is None:
        raise Invalid(field, Wrong.NO_OFFSET)
    try:
        return on_the_wall(read, zone) if read.tzinfo is None and zone is not None else read.astimezone(UTC)
    except OverflowError:
        raise Invalid(field, Wrong.TOO_FAR_AWAY) from None


def on_the_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when (in UTC) the clocks of a zone show this."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def zones_of(phone: Phone | None, home: str | None) -> Sequence[tzinfo]:
    """Return the zones that a person may live in; ``home`` is the app's own zone, ``None`` if it names none.

    A number may belong to several: a Russian mobile to eleven. If ``home`` is among them that is taken, else all. Where
    nothing is known it is ``home``, or UTC.
    """
    names = _names(phone) if phone is not None else ()
    wanted = (home,) if home is not None and (home in names or not names) else names
    return [zone for name in wanted if (zone := _zone(name)) is not None] or [home_zone(home)]


def home_zone(home: str | None) -> tzinfo:
    """Return the app's own zone; UTC if it names none."""
    return (_zone(home) if home is not None else None) or UTC


@lru_cache(_REMEMBERED)
def _zone(name: str) -> ZoneInfo | None:
    """Return the zone, or ``None`` if this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return None


def _with_microseconds(written: re.Match[str]) -> str:
    """Return a time with at most six digits behind the point: RFC 3339 sets no bound to them, and we keep no more."""
    return written[0] if written[1] is None else written[0].replace(written[1], written[1][:7], 1)


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


@lru_cache(_REMEMBERED)
def _names(phone: Phone) -> tuple[str, ...]:
    import phonenumbers  # noqa: PLC0415 - tables that are needed for quiet hours only
    from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number  # noqa: PLC0415 - the same

    try:
        names = time_zones_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in names if name != UNKNOWN_TIMEZONE)
