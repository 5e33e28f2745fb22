"""What people type, as it is meant: codes, numbers, commands and phones are compared in this form.

Keyboards and clipboards add and exchange marks that nobody sees: digits of another script, wide forms, spaces that do
not break, dashes of every length, marks of direction.
"""

import unicodedata
from typing import Final

_READ_AS: Final = {"Zs": " ", "Pd": "-", **dict.fromkeys(("Cf", "Cc", "Cs", "Co", "Cn", "Me"), "")}
"""By general category: spaces, dashes, and what cannot be seen (joiners, controls, halves of characters, frames)."""
_SELECTORS: Final = frozenset(chr(code) for code in range(0xFE00, 0xFE10))
_BREAKS: Final = frozenset("\t\n\r\x0b\x0c\x85\u2028\u2029")


def normal(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text as they are meant.

    Digits of every script are 0 to 9, wide and other forms are the plain ones (NFKC), every space is a space, every
    dash a hyphen, a line break stays one, and what cannot be seen is gone.
    """
    return "".join(_plain(mark) for mark in unicodedata.normalize("NFKC", text[:limit]))


def digits_in(text: str, limit: int) -> str:
    """Return the digits of a text in their order, of whatever script, as 0 to 9."""
    return "".join(mark for mark in normal(text, limit) if "0" <= mark <= "9")


def _plain(mark: str) -> str:
    if "!" <= mark <= "~":
        return mark
    if mark in _BREAKS:
        return "\n"
    category = unicodedata.category(mark)
    if category == "Nd":
        return str(unicodedata.decimal(mark))
    return "" if mark in _SELECTORS else _READ_AS.get(category, mark)
