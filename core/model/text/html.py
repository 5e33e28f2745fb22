"""Rich text from Telegram's HTML: b strong, i em, u ins, s strike del, code, pre, blockquote, a href, tg-spoiler.

It is as strict as Telegram, so that what is wrong is told to its author and not seen by its reader.
White space stays as it is; ``<`` and ``&`` of a text are written ``&lt;`` and ``&amp;``. No expression here can go back
over what it has read, so the time it takes grows with the length of the text and no faster.
"""

import re
import sys
from dataclasses import dataclass
from typing import Final

from core.complaints import Spot, Where, Wrong
from core.errors import Invalid
from core.model.text.addresses import LINKS
from core.model.text.text import EntityKind, RichText
from core.model.text.variables import Source, checked_pattern
from core.model.text.writer import RichWriter, checked_source, language_named

_KINDS: Final = {
    "b": EntityKind.BOLD,
    "strong": EntityKind.BOLD,
    "i": EntityKind.ITALIC,
    "em": EntityKind.ITALIC,
    "u": EntityKind.UNDERLINE,
    "ins": EntityKind.UNDERLINE,
    "s": EntityKind.STRIKETHROUGH,
    "strike": EntityKind.STRIKETHROUGH,
    "del": EntityKind.STRIKETHROUGH,
    "code": EntityKind.CODE,
    "pre": EntityKind.PRE,
    "blockquote": EntityKind.BLOCKQUOTE,
    "a": EntityKind.TEXT_LINK,
    "tg-spoiler": EntityKind.SPOILER,
    "span": EntityKind.SPOILER,
}
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*+)((?:\s[^<>]*+)?)>")
"""Stops at the next angle, and only another one begins the next tag."""
_ATTRIBUTE: Final = re.compile(r"""(?<![A-Za-z-])([A-Za-z-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>]++))""")
"""Is looked for where a name begins, not inside it again."""
_REFERENCE: Final = re.compile(r"&(?:(lt|gt|amp|quot)|#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_HALVES: Final = range(0xD800, 0xE000)


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end: what it is called, where it stands in the source, what it makes of the words."""

    tag: str
    place: int
    kind: EntityKind
    start: int
    url: str | None = None
    language: str | None = None


def from_html(source: str) -> RichText:
    """Read HTML; raise ``Invalid`` that names the tag which is wrong, and where it stands."""
    return read_html(Source(checked_source(source))).written()


def read_html(source: Source) -> RichWriter:
    """Read HTML that may have variables; raise ``Invalid`` that names the tag which is wrong, and where it stands."""
    return _Reader(source).read()


def escaped_html(text: str) -> str:
    """Return HTML that says ``text`` and nothing else."""
    return text.translate(_ESCAPES)


class _Reader:
    """Walks through the source once, keeping the tags that are open."""

    def __init__(self, source: Source) -> None:
        self._given = source
        self._source = source.text
        self._writer = RichWriter()
        self._open: list[_Open] = []

    def read(self) -> RichWriter:
        """Read the whole source."""
        place = 0
        while (begin := self._source.find("<", place)) >= 0:
            self._writer.say(_decoded(self._source[place:begin]))
            tag = _TAG.match(self._source, begin)
            if tag is None:
                raise Invalid(Spot("text", Where.STRAY_LESS_THAN, {"at": self._at(begin)}), Wrong.LESS_THAN_UNESCAPED)
            if tag[1]:
                self._close(tag[2].lower(), begin)
            else:
                self._begin(tag[2].lower(), tag[3], begin)
            place = tag.end()
        self._writer.say(_decoded(self._source[place:]))
        if self._open:
            raise self._wrong(f"<{self._open[-1].tag}>", self._open[-1].place, Wrong.TAG_NOT_CLOSED)
        return self._writer

    def _begin(self, tag: str, rest: str, place: int) -> None:
        kind = _KINDS.get(tag)
        if kind is None:
            raise self._wrong(f"<{tag}>", place, Wrong.NO_SUCH_TAG)
        attributes = {
            each[1].lower(): _decoded(each[2] or each[3] or each[4] or "") for each in _ATTRIBUTE.finditer(rest)
        }
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._wrong("<span>", place, Wrong.NOT_A_SPOILER)
        opened = _Open(tag, place, kind, self._writer.length)
        if kind is EntityKind.TEXT_LINK:
            where = Spot("text", Where.HREF, {"at": self._at(place)})
            opened.url = checked_pattern(attributes.get("href"), LINKS, where)
        named = attributes.get("class", "")
        if kind is EntityKind.CODE and self._open and self._open[-1].kind is EntityKind.PRE and named:
            self._open[-1].language = language_named(named.removeprefix("language-"))
        self._open.append(opened)

    def _close(self, tag: str, place: int) -> None:
        if not self._open:
            raise self._wrong(f"</{tag}>", place, Wrong.NO_TAG_OPEN)
        opened = self._open.pop()
        if opened.tag != tag:
            raise self._wrong(f"</{tag}>", place, Wrong.OTHER_TAG_OPEN, tag=f"</{opened.tag}>")
        self._writer.mark(opened.kind, opened.start, opened.url, opened.language)

    def _wrong(self, tag: str, place: int, wrong: Wrong, /, **values: str) -> Invalid:
        return Invalid(Spot("text", Where.TAG, {"tag": tag, "at": self._at(place)}), wrong, **values)

    def _at(self, place: int) -> int:
        """Return which character of what the site wrote stands at a place."""
        return len(self._given.spelled(self._source[:place])) + 1


def _decoded(source: str) -> str:
    return _REFERENCE.sub(_character, source) if "&" in source else source


def _character(reference: re.Match[str]) -> str:
    if reference[1]:
        return _NAMED[reference[1]]
    code = int(reference[2]) if reference[2] else int(reference[3], 16)
    return chr(code) if 0 < code <= sys.maxunicode and code not in _HALVES else reference[0]
