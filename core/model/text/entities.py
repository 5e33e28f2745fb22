"""Rich text from a text and a JSON list of entities, as in Telegram's Bot API: ``type``, ``offset``, ``length``."""

from collections.abc import Mapping
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.text.addresses import LINKS, checked_address
from core.model.text.text import Entity, EntityKind, RichText, from_plain, is_split, units_of, with_entities
from core.model.text.writer import language_named

_KINDS: Final = {kind.value: kind for kind in EntityKind}


def from_entities(text: str, given: object) -> RichText:
    """Make a text that looks as ``given`` says; raise ``Invalid`` that names the entity which is wrong."""
    units = units_of(from_plain(text).text)
    if not isinstance(given, list):
        raise Invalid("entities", Wrong.NOT_A_LIST)
    return with_entities(text, [_entity(each, units, f"entities[{place}]") for place, each in enumerate(given)])


def _entity(given: object, units: bytes, where: str) -> Entity:
    if not isinstance(given, Mapping):
        raise Invalid(where, Wrong.NOT_AN_OBJECT)
    name = given.get("type")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Invalid(f"{where}.type", Wrong.NOT_ONE_OF, choices=tuple(_KINDS))
    offset, length = (
        _count(given.get("offset"), 0, f"{where}.offset"),
        _count(given.get("length"), 1, f"{where}.length"),
    )
    if 2 * (offset + length) > len(units):
        raise Invalid(where, Wrong.ENTITY_TOO_LONG, units=len(units) // 2)
    if is_split(units, offset) or is_split(units, offset + length):
        raise Invalid(where, Wrong.ENTITY_SPLITS_CHARACTER)
    url = checked_address(given.get("url"), LINKS, f"{where}.url") if kind is EntityKind.TEXT_LINK else None
    return Entity(kind, offset, length, url, _language(given.get("language"), kind, where))


def _count(given: object, least: int, where: str) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < least:
        raise Invalid(where, Wrong.NOT_A_COUNT, least=least)
    return given


def _language(given: object, kind: EntityKind, where: str) -> str | None:
    if kind is not EntityKind.PRE or given is None or given == "":
        return None
    language = language_named(given) if isinstance(given, str) else None
    if language is None:
        raise Invalid(f"{where}.language", Wrong.NOT_A_WORD)
    return language
