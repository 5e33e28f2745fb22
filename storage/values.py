"""How values become columns and back: times as whole milliseconds since 1970 in UTC, tuples as JSON."""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return an aware time in milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def to_ms_or_none(moment: datetime | None) -> int | None:
    """Return ``to_ms`` of a time that may be missing."""
    return None if moment is None else to_ms(moment)


def from_ms(milliseconds: int) -> datetime:
    """Return the aware time in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def from_ms_or_none(milliseconds: int | None) -> datetime | None:
    """Return ``from_ms`` of a time that may be missing."""
    return None if milliseconds is None else from_ms(milliseconds)


def to_json(values: tuple[str | int, ...]) -> str:
    """Return texts or whole numbers as a JSON array."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1024)
def from_json(array: str) -> tuple[Any, ...]:
    """Return the texts or whole numbers of a JSON array; remembered, since every login reads its app's lists."""
    return tuple(json.loads(array))
