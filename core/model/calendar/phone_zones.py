"""Where a phone's owner may live, as far as their clocks are concerned: the time zones of the number's region."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import Invalid
from core.model.ids import Phone

_REMEMBERED: Final = 4096


def read_zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name, such as ``Europe/Moscow``; raise ``Invalid``."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("timezone: must be the name of a time zone, such as Europe/Moscow") from None


def zones_of(phone: Phone | None, home: str | None) -> Sequence[tzinfo]:
    """Return the zones that somebody may live in; ``home`` is the app's own zone, ``None`` if it names none.

    A number may belong to several: a Russian mobile to eleven. If ``home`` is among them that is taken, else all. Where
    nothing is known it is ``home``, or UTC.
    """
    names = _names(phone) if phone is not None else ()
    wanted = (home,) if home is not None and (home in names or not names) else names
    return [zone for name in wanted if (zone := _zone(name)) is not None] or [home_zone(home)]


def home_zone(home: str | None) -> tzinfo:
    """Return the app's own zone, UTC if it names none."""
    return (_zone(home) if home is not None else None) or UTC


@lru_cache(_REMEMBERED)
def _names(phone: Phone) -> tuple[str, ...]:
    import phonenumbers  # noqa: PLC0415 - tables that nobody needs who has no quiet hours
    from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number  # noqa: PLC0415 - the same

    try:
        names = time_zones_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(name for name in names if name != UNKNOWN_TIMEZONE)


@lru_cache(_REMEMBERED)
def _zone(name: str) -> tzinfo | None:
    """Return the zone, or ``None`` if this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
