"""How words look in WhatsApp: marks that count only around whole words of one line.

There is no way to escape a mark, so one that stands in the words themselves is kept apart from its neighbours by an
invisible joiner; not in addresses, which must stay whole, nor in code, which people copy. Underlines and spoilers
WhatsApp does not have; a link's address stands behind its words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from core.model.text.text import CODES, EntityKind, RichText, length_of

MOST_MARKED: Final = 300
"""How many lines with a look, each counted once a look, are marked."""
_ADDRESS: Final = re.compile(r"(https?://\S+)")
_SPECIAL: Final = re.compile(r"[*_~`>]")
_QUOTE: Final = re.compile(r"^(?=>)", re.MULTILINE)
_JOINER: Final = "\u2060"
_APART: Final = str.maketrans({mark: f"{_JOINER}{mark}{_JOINER}" for mark in "*_~`"})
_MARKS: Final = {
    EntityKind.BOLD: "*",
    EntityKind.ITALIC: "_",
    EntityKind.STRIKETHROUGH: "~",
    EntityKind.PRE: "```",
    EntityKind.CODE: "```",
}


@dataclass(frozen=True, slots=True)
class _Look:
    """How the characters from ``start`` to ``end`` of a line or text look; ``url`` is a link's."""

    kind: EntityKind
    start: int
    end: int
    url: str | None


def whatsapp_text(rich: RichText) -> str:
    """Return the text in WhatsApp's marks."""
    if not rich.entities:
        return _say(rich.text, is_code=False)
    return "\n".join(whatsapp_lines(rich))


def whatsapp_lines(rich: RichText) -> list[str]:
    """Return the text's lines in WhatsApp's marks; what a line says depends on no other one."""
    return [_line(text, start, around) for text, start, around in _lines(rich)]


def line_starts(rich: RichText) -> list[int]:
    """Return where the text's lines begin, in units."""
    lengths = [length_of(line) + 1 for line in rich.text.split("\n")]
    return [0, *accumulate(lengths[:-1])]


def lightened(rich: RichText) -> RichText:
    """Return the text without looks, but for links and quotes, if these are spread over too many lines.

    Marks end with the line, so they would take more room than the words, and long to write.
    """
    if not any(entity.kind in _MARKS for entity in rich.entities):
        return rich
    marked = sum(look.kind in _MARKS for _, _, around in _lines(rich) for look in around)
    if marked <= MOST_MARKED:
        return rich
    return replace(rich, entities=tuple(entity for entity in rich.entities if entity.kind not in _MARKS))


def _lines(rich: RichText) -> Iterator[tuple[str, int, list[_Look]]]:
    """List the lines, the place of each, and the looks that its words have, outer before inner."""
    coming, around, at = _looks(rich), list[_Look](), 0
    begun, first_end = 0, 0
    for text in rich.text.split("\n"):
        end = at + len(text)
        while begun < len(coming) and coming[begun].start < end:
            around.append(coming[begun])
            begun += 1
            first_end = 0
        if first_end <= at:
            around = [look for look in around if look.end > at]
            first_end = min((look.end for look in around), default=len(rich.text) + 1)
        yield text, at, around
        at = end + 1


def _looks(rich: RichText) -> list[_Look]:
    """Return the entities, counted in characters."""
    if length_of(rich.text) == len(rich.text):
        return [_Look(each.kind, each.offset, each.end, each.url) for each in rich.entities]
    places: list[int] = []
    for place, character in enumerate(rich.text):
        places += (place, place) if character > "\uffff" else (place,)
    places.append(len(rich.text))
    return [_Look(each.kind, places[each.offset], places[each.end], each.url) for each in rich.entities]


def _line(text: str, start: int, around: list[_Look]) -> str:
    """Return one line; a link's address stands where the link ends."""
    if not around:
        return _say(text, is_code=False)
    end = start + len(text)
    is_quote = any(each.kind is EntityKind.BLOCKQUOTE and each.start <= start and each.end >= end for each in around)
    if not any(each.kind in _MARKS or each.kind is EntityKind.TEXT_LINK for each in around):
        return ("> " if is_quote else "") + _say(text, is_code=False)
    said: list[str] = ["> "] if is_quote else []
    open_looks: list[_Look] = []
    at = 0
    for look in around:
        ends_here = look.kind is EntityKind.TEXT_LINK and look.end <= end
        if look.kind not in _MARKS and not ends_here:
            continue
        inside = _trimmed(text, replace(look, start=max(look.start, start) - start, end=min(look.end, end) - start))
        if inside is None:
            continue
        at = _leave(said, open_looks, text, at, inside.start)
        said += (_words(text, at, inside.start, open_looks), _mark_before(inside))
        at = inside.start
        open_looks.append(inside)
    at = _leave(said, open_looks, text, at, len(text))
    return "".join([*said, _words(text, at, len(text), open_looks)])


def _leave(said: list[str], open_looks: list[_Look], text: str, at: int, place: int) -> int:
    """End the looks that end before a place, innermost first, and return how far that went."""
    while open_looks and open_looks[-1].end <= place:
        ended = open_looks[-1]
        said.append(_words(text, at, ended.end, open_looks))
        open_looks.pop()
        said.append(_mark_behind(ended, text))
        at = ended.end
    return at


def _words(text: str, start: int, end: int, open_looks: list[_Look]) -> str:
    return _say(text[start:end], is_code=any(look.kind in CODES for look in open_looks)) if end > start else ""


def _trimmed(line: str, look: _Look) -> _Look | None:
    """Return the look without spaces at its edges; ``None`` if its marks would not count there."""
    words = line[look.start : look.end]
    start = look.start + len(words) - len(words.lstrip())
    end = start + len(words.strip())
    before, behind = line[start - 1 : start] if start else "", line[end : end + 1]
    counts = end > start and (look.kind is EntityKind.TEXT_LINK or not (before.isalnum() or behind.isalnum()))
    return replace(look, start=start, end=end) if counts else None


def _say(words: str, *, is_code: bool) -> str:
    if _SPECIAL.search(words) is None:
        return words
    if is_code:
        twice = words.replace("``", f"`{_JOINER}`")
        return twice.replace("``", f"`{_JOINER}`")
    begun = _QUOTE.sub(_JOINER, words) if ">" in words else words
    if "://" not in begun:
        return begun.translate(_APART)
    pieces = _ADDRESS.split(begun)
    return "".join(piece if place % 2 else piece.translate(_APART) for place, piece in enumerate(pieces))


def _mark_before(look: _Look) -> str:
    return "" if look.kind is EntityKind.TEXT_LINK else _MARKS[look.kind]


def _mark_behind(look: _Look, text: str) -> str:
    if look.kind is EntityKind.TEXT_LINK and look.url is not None:
        shown = look.url.removeprefix("mailto:").removeprefix("tel:")
        return "" if text[look.start : look.end].rstrip("/") == shown.rstrip("/") else f" ({shown})"
    return _MARKS[look.kind]
