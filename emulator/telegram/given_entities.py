"""The entities that a bot gives with a text, checked the way Telegram checks them."""

from typing import Any, Final

from emulator.telegram.errors import ApiError, bad_request
from emulator.telegram.parameters import Parameters

Entity = dict[str, Any]

_FREE: Final = frozenset(
    (
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
    )
)
_FOUND: Final = frozenset(("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"))
"""Telegram finds these by itself and passes over those it is given."""
_MOST: Final = 100
_FURTHEST: Final = 1_000_000
_LOW_SURROGATES: Final = range(0xDC, 0xE0)


def read_given(parameters: Parameters, name: str, text: str) -> list[Entity]:
    """Read the parameter of this name as the entities of a text, outer before inner; those above a hundred are lost."""
    given = parameters.decoded(name, "entities")
    if given is None:
        return []
    if not isinstance(given, list):
        raise bad_request("can't parse entities JSON object: expected an Array of MessageEntity")
    units = text.encode("utf-16-le", "surrogatepass")
    checked = [_checked(entity, units) for entity in given]
    kept = [entity for entity in checked if entity["type"] in _FREE][:_MOST]
    return sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def _checked(entity: object, units: bytes) -> Entity:
    if not isinstance(entity, dict):
        raise _unreadable("expected an Object")
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if kind not in _FREE | _FOUND:
        raise _unreadable("unsupported type specified")
    if type(offset) is not int or type(length) is not int:
        raise _unreadable('fields "offset" and "length" must be of type Integer')
    if kind == "text_link" and not isinstance(entity.get("url"), str):
        raise _unreadable('can\'t find field "url"')
    for what, number in (("offset", offset), ("length", length)):
        if not 0 <= number <= _FURTHEST:
            raise bad_request(f"receive an entity with incorrect {what} {number}")
    end = offset + length
    if 2 * end > len(units):
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
        )
    if _is_split(units, offset):
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {2 * offset}")
    if _is_split(units, end):
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol at byte offset {2 * end}"
        )
    return entity


def _is_split(units: bytes, at: int) -> bool:
    return 0 < 2 * at < len(units) and units[2 * at + 1] in _LOW_SURROGATES


def _unreadable(why: str) -> ApiError:
    return bad_request(f"can't parse MessageEntity: {why}")
