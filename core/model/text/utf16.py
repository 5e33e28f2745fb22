"""Counting text in UTF-16 code units, as messengers and JavaScript do, without ever splitting a surrogate pair."""

import re
from typing import Final

HALF_PAIR: Final = re.compile(r"[\ud800-\udfff]")
"""What no messenger can bring: JSON can hold it, UTF-8 cannot."""
_LOW_SURROGATES: Final = range(0xDC, 0xE0)
"""The high bytes of the second halves of pairs."""


def units_of(text: str) -> bytes:
    """Return the code units, two bytes each."""
    return text.encode("utf-16-le", "surrogatepass")


def text_of(units: bytes) -> str:
    """Return the text of code units."""
    return units.decode("utf-16-le", "surrogatepass")


def length_of(text: str) -> int:
    """Count the code units."""
    return len(text) if text.isascii() else len(units_of(text)) // 2


def is_split(units: bytes, at: int) -> bool:
    """Tell whether the place before the unit numbered ``at`` is inside a pair."""
    return 0 < 2 * at < len(units) and units[2 * at + 1] in _LOW_SURROGATES


def whole(units: bytes, at: int) -> int:
    """Return ``at``, or the place one unit before it that is not inside a pair; never outside the text."""
    at = max(0, min(at, len(units) // 2))
    return at - 1 if is_split(units, at) else at
