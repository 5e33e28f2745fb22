"""Text with formatting, free of any messenger's markup: plain words, and entities that say which of them look how.

Offsets and lengths count UTF-16 code units, as in Telegram's Bot API and in JavaScript, and never split a surrogate
pair. Entities nest and never cross. How sites write such texts is beside this file: ``markdown.py``, ``html.py``,
``entities.py``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid

HALF_PAIR: Final = re.compile(r"[\ud800-\udfff]")
"""What no messenger can bring: JSON can hold it, UTF-8 cannot."""
_LOW_SURROGATES: Final = range(0xDC, 0xE0)
"""The high bytes of the second halves of pairs."""
TEXT_LIMIT: Final = 4000
"""What MAX takes, in UTF-16 units, so that a text fits however a messenger counts."""
MOST_ENTITIES: Final = 100
"""How many entities a text may have: Telegram drops those above (Bot API)."""
_MORE: Final = "…"


def units_of(text: str) -> bytes:
    """Return the UTF-16 code units of a text, two bytes each, little end first."""
    return text.encode("utf-16-le", "surrogatepass")


def text_of(units: bytes) -> str:
    """Return the text that ``units_of`` took apart."""
    return units.decode("utf-16-le", "surrogatepass")


def length_of(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(units_of(text)) // 2


def is_split(units: bytes, at: int) -> bool:
    """Tell whether the place before the unit numbered ``at`` is inside a pair."""
    return 0 < 2 * at < len(units) and units[2 * at + 1] in _LOW_SURROGATES


def whole(units: bytes, at: int) -> int:
    """Return ``at``, or one unit less if it is inside a pair; never outside the text."""
    at = max(0, min(at, len(units) // 2))
    return at - 1 if is_split(units, at) else at


class EntityKind(StrEnum):
    """How words can look; where two cover the same words, the one listed first is the outer one."""

    BLOCKQUOTE = "blockquote"
    TEXT_LINK = "text_link"
    MENTION = "mention"
    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKETHROUGH = "strikethrough"
    SPOILER = "spoiler"
    PRE = "pre"
    CODE = "code"


CODES: Final = frozenset({EntityKind.CODE, EntityKind.PRE})
_LINKS: Final = frozenset({EntityKind.TEXT_LINK, EntityKind.MENTION})
_RANKS: Final = {kind: rank for rank, kind in enumerate(EntityKind)}


@dataclass(frozen=True, slots=True)
class Entity:
    """One look of ``length`` units from ``offset``; ``url`` is a text_link's, ``language`` may be a pre's."""

    kind: EntityKind
    offset: int
    length: int
    url: str | None = None
    language: str | None = None

    @property
    def end(self) -> int:
        """Where it ends, in units."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class RichText:
    """A text and its entities, outer before inner; ``with_entities`` makes one that holds to the rules."""

    text: str
    entities: tuple[Entity, ...] = ()

    def append(self, signature: str) -> "RichText":
        """Return the text with a plain signature below; raise ``Invalid`` if both are too long together."""
        if not signature.strip():
            return self
        return replace(self, text=check_text(f"{self.text}\n\n{signature.strip()}", Wrong.SIGNED_TEXT_TOO_LONG))

    def part(self, start: int, end: int) -> "RichText":
        """Return what stands between two places, each moved back from inside a pair; entities are cut to it."""
        units = units_of(self.text)
        start, end = whole(units, start), whole(units, end)
        inside = (
            replace(
                entity,
                offset=max(entity.offset, start) - start,
                length=min(entity.end, end) - max(entity.offset, start),
            )
            for entity in self.entities
        )
        return RichText(text_of(units[2 * start : 2 * end]), tuple(entity for entity in inside if entity.length > 0))

    def cut(self, limit: int) -> "RichText":
        """Return the text with at most ``limit`` units, and seen to be cut."""
        if length_of(self.text) <= limit:
            return self
        begun = self.part(0, limit - 1)
        return replace(begun, text=begun.text + _MORE)


def from_plain(text: str) -> RichText:
    """Make a text in which nothing is markup; raise ``Invalid`` if it is blank, too long, or cannot be encoded."""
    return RichText(check_text(text))


def with_entities(text: str, entities: Iterable[Entity]) -> RichText:
    """Make a text with entities that are inside it; raise ``Invalid`` if they cross, or if the text cannot be sent."""
    return RichText(check_text(text), nested(entities))


def nested(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return entities outer before inner; raise ``Invalid`` if they cross, or are too many.

    Inside code nothing has a look, and what already looks so cannot look so again: such entities are left out, as
    Telegram does. So no more of them are around others than there are kinds.
    """
    kept: list[Entity] = []
    around: list[Entity] = []
    for entity in sorted(entities, key=lambda each: (each.offset, -each.length, _RANKS[each.kind])):
        while around and around[-1].end <= entity.offset:
            around.pop()
        if around and around[-1].end < entity.end:
            outer = around[-1]
            raise Invalid(
                "entities",
                Wrong.ENTITIES_CROSS,
                inner=entity.kind,
                inner_at=entity.offset,
                outer=outer.kind,
                outer_at=outer.offset,
            )
        if not any(_excludes(outer, entity) for outer in around):
            kept.append(entity)
            around.append(entity)
    if len(kept) > MOST_ENTITIES:
        raise Invalid("entities", Wrong.TOO_MANY_ENTITIES, count=len(kept), most=MOST_ENTITIES)
    return tuple(kept)


def _excludes(outer: Entity, inner: Entity) -> bool:
    return outer.kind in CODES or outer.kind is inner.kind or {outer.kind, inner.kind} <= _LINKS


def check_text(text: str, wrong: Wrong = Wrong.TEXT_TOO_LONG) -> str:
    """Return a text that every messenger can bring; raise ``Invalid``; ``wrong`` is said of too long a one."""
    if half := HALF_PAIR.search(text):
        raise Invalid("text", Wrong.HALF_A_CHARACTER, at=half.start() + 1)
    if not text.strip():
        raise Invalid("text", Wrong.EMPTY)
    check_length(length_of(text), wrong)
    return text


def check_length(length: int, wrong: Wrong = Wrong.TEXT_TOO_LONG) -> None:
    """Raise ``Invalid``, which says what is ``wrong``, for a text of more units than fit everywhere."""
    if length > TEXT_LIMIT:
        raise Invalid("text", wrong, length=length, most=TEXT_LIMIT)
