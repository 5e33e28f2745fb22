"""Names that strangers give themselves, made such that they can be kept, shown and put into other texts."""

import unicodedata
from typing import Final

NAME_LIMIT: Final = 128
"""In characters: more than any messenger allows."""
_JOINERS: Final = "\u200c\u200d"
"""Persian names and emoji of several parts need them; they turn nothing around."""
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
"""Controls, marks of direction, halves of characters, and what no version of Unicode knows."""


def presentable(name: str) -> str:
    """Return a name that is well-formed Unicode on one line, without controls and marks of direction, cut to a bound.

    It may become empty. A name that is presentable already stays as it is.
    """
    if name.isascii() and name.isprintable() and len(name) <= NAME_LIMIT and name == name.strip():
        return name
    seen = (mark if mark in _JOINERS else " " if mark.isspace() else _shown(mark) for mark in name[: 2 * NAME_LIMIT])
    return " ".join("".join(seen).split())[:NAME_LIMIT].strip()


def _shown(mark: str) -> str:
    return "" if unicodedata.category(mark) in _HIDDEN else mark
