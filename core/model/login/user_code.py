"""The user code of a login (RFC 8628): for messengers whose links carry no start payload, and for people who type.

Twelve of Crockford's base32 (60 bits), shown as ``K7QM-4XRT-9BDA``. People edit what is prepared for them: the code is
found anywhere in a text, in any case, with any separators, and where a letter was taken for one that looks alike.
"""

import re
from itertools import islice
from typing import Final

from core.entropy import Entropy
from core.model.text.typed import normal

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS: Final = frozenset(ALPHABET)
_TEXT_LIMIT: Final = 1000
_CANDIDATES: Final = 8
_READ_AS: Final = str.maketrans("OILАВЕКМНОРСТУХ", "011ABEKMH0PCTYX")  # noqa: RUF001 - Cyrillic letters are the point
_GROUP: Final = "([0-9A-Z]{4})"
_GAP: Final = r"[^0-9A-Z\n]{0,3}"
_CODE: Final = re.compile(rf"(?<![0-9A-Z])(?={_GROUP}{_GAP}{_GROUP}{_GAP}{_GROUP}(?![0-9A-Z]))")


def draw_user_code(entropy: Entropy) -> str:
    """Draw a code: 12 characters of ``ALPHABET``, 60 bits."""
    number = int.from_bytes(entropy.octets(8)) >> 4
    return "".join(ALPHABET[number >> shift & 31] for shift in range(55, -1, -5))


def shown(code: str) -> str:
    """Return the code as people see it, in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def find_codes(text: str) -> tuple[str, ...]:
    """Return whatever in ``text`` has the shape of a code, eight at most; words of four letters may have it too."""
    visible = normal(text, _TEXT_LIMIT).upper().translate(_READ_AS)
    candidates = dict.fromkeys("".join(match.groups()) for match in _CODE.finditer(visible))
    return tuple(islice((code for code in candidates if _LETTERS.issuperset(code)), _CANDIDATES))
