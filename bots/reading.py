"""JSON from messengers, which is read whatever is in it: one part that makes no sense must not hold up the rest.

What nests too deep for our reader becomes ``null``, and so does a number that nobody could mean; half a character (a
lone surrogate) becomes U+FFFD. Reading is linear in the length.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import BotName
from core.model.messages.message import Update

_DEEPEST: Final = 64
"""How deep a whole body is read that is too deep for the reader; no messenger nests half as deep."""
_DIGITS: Final = 19
_ID_LIMIT: Final = 2**63
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)


def read_json(raw: bytes) -> Any:  # noqa: ANN401 - whatever it is
    """Return what a messenger's JSON says; raise ``ValueError`` if it is none."""
    text = raw.decode(errors="replace")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = _read_patiently(text)
    return _well_formed(read) if b"\\ud" in raw or b"\\uD" in raw else read


def read_update(body: bytes) -> dict[str, Any]:
    """Return the update that a messenger posted; raise ``Invalid`` if it is no object."""
    try:
        update = read_json(body)
    except (ValueError, RecursionError):
        update = None
    if not isinstance(update, dict):
        raise Invalid("body", Wrong.NOT_AN_UPDATE)
    return update


def kept(bot: BotName, update: object, key: str | None) -> Update:
    """Return an update to keep; without a ``key`` of the messenger's that can be used, its own bytes name it."""
    try:
        raw = json.dumps(update).encode()
    except RecursionError:
        raw = b"null"
    return Update(bot, sha256(raw).hexdigest() if key is None else key, raw)


def is_id(value: object) -> bool:
    """Tell whether this is a number as messengers give to things: whole, not negative, in 63 bits."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _ID_LIMIT


def _read_patiently(text: str) -> Any:  # noqa: ANN401 - whatever it is
    """Read what cannot be read at once: too deep, or with a number of thousands of digits."""
    return json.loads("".join(_shallow(text)), parse_int=_number)


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _DIGITS else None


def _shallow(text: str) -> Iterator[str]:
    """Go through the pieces of a JSON text, with ``null`` for whatever is deeper than we read."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "[" | "{":
                depth += 1
                if depth == _DEEPEST:
                    yield text[start : token.start()]
                    yield "null"
            case "]" | "}":
                depth -= 1
                if depth == _DEEPEST - 1:
                    start = token.end()
            case _:
                pass
    if depth < _DEEPEST:
        yield text[start:]


def _well_formed(read: Any) -> Any:  # noqa: ANN401 - whatever it is
    """Return the same without halves of characters."""
    whole = json.dumps(read, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    return json.loads(whole.decode("utf-16-le", "replace"))
