"""How words look in WhatsApp: marks that count only around whole words of one line.

There is no way to escape a mark, so one that stands in the words themselves is kept apart from its neighbours by an
invisible joiner; not in addresses, which must stay whole, nor in code, which people copy. Underlines and spoilers
WhatsApp does not have; a link's address stands behind its words.
"""

import re
from collections import deque
from dataclasses import replace
from typing import Final

from bots.formatting import marked
from core.model.text.text import Entity, EntityKind, RichText, length_of

_ADDRESS: Final = re.compile(r"(https?://\S+)")
_MARKUP: Final = re.compile(r"([*_~`])")
_FENCE: Final = re.compile(r"(`)(?=`)")
_QUOTE: Final = re.compile(r"^(?=>)", re.MULTILINE)
_JOINER: Final = "\u2060"
_APART: Final = f"{_JOINER}\\1{_JOINER}"
_MARKS: Final = {
    EntityKind.BOLD: "*",
    EntityKind.ITALIC: "_",
    EntityKind.STRIKETHROUGH: "~",
    EntityKind.PRE: "```",
    EntityKind.CODE: "```",
}


def whatsapp_text(rich: RichText) -> str:
    """Return the text in WhatsApp's marks."""
    if not rich.entities:
        return _say(rich.text, False)  # noqa: FBT003 - the renderers' common shape
    lines: list[str] = []
    coming, around = deque(rich.entities), list[Entity]()
    at = 0
    for text in rich.text.split("\n"):
        end = at + length_of(text)
        while coming and coming[0].offset < end:
            around.append(coming.popleft())
        around = [entity for entity in around if entity.end > at]
        lines.append(_line(text, at, end, around))
        at = end + 1
    return "\n".join(lines)


def _line(text: str, start: int, end: int, around: list[Entity]) -> str:
    """Return one line; a link's address stands where the link ends."""
    is_quote = any(each.kind is EntityKind.BLOCKQUOTE and each.offset <= start and each.end >= end for each in around)
    line, kept = RichText(text), list[Entity]()
    for entity in around:
        ends_here = entity.kind is EntityKind.TEXT_LINK and entity.end <= end
        offset = max(entity.offset, start)
        if entity.kind in _MARKS or ends_here:
            kept += _trimmed(line, replace(entity, offset=offset - start, length=min(entity.end, end) - offset))
    return ("> " if is_quote else "") + marked(replace(line, entities=tuple(kept)), _say, _marks)


def _trimmed(line: RichText, entity: Entity) -> list[Entity]:
    """Return the entity without spaces at its edges; nothing if its marks would not count there."""
    words = line.part(entity.offset, entity.end).text
    offset = entity.offset + length_of(words) - length_of(words.lstrip())
    words = words.strip()
    before = line.part(0, offset).text[-1:]
    behind = line.part(offset + length_of(words), length_of(line.text)).text[:1]
    counts = bool(words) and (entity.kind is EntityKind.TEXT_LINK or not (before.isalnum() or behind.isalnum()))
    return [replace(entity, offset=offset, length=length_of(words))] if counts else []


def _say(words: str, is_code: bool) -> str:  # noqa: FBT001 - the renderers' common shape
    if is_code:
        return _FENCE.sub(f"\\1{_JOINER}", words)
    pieces = _ADDRESS.split(_QUOTE.sub(_JOINER, words))
    return "".join(piece if place % 2 else _MARKUP.sub(_APART, piece) for place, piece in enumerate(pieces))


def _marks(entity: Entity, words: str) -> tuple[str, str]:
    if entity.kind is EntityKind.TEXT_LINK and entity.url is not None:
        shown = entity.url.removeprefix("mailto:").removeprefix("tel:")
        return "", "" if words.rstrip("/") == shown.rstrip("/") else f" ({shown})"
    mark = _MARKS[entity.kind]
    return mark, mark
