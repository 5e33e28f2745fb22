r"""Rich text from a small, safe Markdown.

``**bold**``, ``*italic*`` or ``_italic_``, ``~~strike~~``, ``||spoiler||``, `` `code` ``, a block between lines of
three backticks (the first may name a language), ``[words](https://…)``, lines that begin with ``>``, and a backslash
before any punctuation that is to be itself. There is no more: no headings, lists, pictures, HTML. Line breaks stay, a
mark without its partner stays what it is, and so do stars and underscores inside words and whole addresses. Why not a
library: CommonMark's readers fold lines and make paragraphs, and a chat message is neither.

The time it takes grows with the length of the text and no faster: no expression here can go back over what it has
read, and what was looked for in vain from one place is not looked for again from the next.
"""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from core.complaints import Spot, Where
from core.model.text.addresses import LINKS
from core.model.text.text import EntityKind, RichText
from core.model.text.variables import Source, checked_pattern, is_mark
from core.model.text.writer import RichWriter, check_looks, checked_source, language_named

_FENCE: Final = "```"
_TOKEN: Final = re.compile(
    r"""
    \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?P<ticks>`++)
    | (?P<bracket>\[)
    | (?P<address>https?://[^\s<>*|`\\\[\]()]++)
    | (?P<stars>\*++) | (?P<mark>_++|~~|\|\|)
    """,
    re.VERBOSE,
)
_WORDS: Final = re.compile(r"\[((?:\\[^\n]|[^\[\]\\\n])++)\]\(")
"""Stops at the next bracket that is not escaped, where the next search begins: so none reads what another has read."""
_PIECE: Final = re.compile(r"[^\s()\\]++|\\\S|\([^\s()]*+\)")
"""What the address behind words is made of, up to the parenthesis that closes it."""
_TICKS: Final = re.compile(r"`++")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKUP: Final = re.compile(r"([\\`*_~|\[\]()>])")
_UNSPACED: Final = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u9fff"
    "\ua000-\ua4cf\ua960-\ua9ff\uaa60-\uaadf\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00016fe0-\U0001b2ff"
    "\U00020000-\U0003ffff]"
)
"""Scripts in which words stand, or endings are joined to them, without spaces: Thai, Lao, Tibetan, Burmese, Khmer,
Javanese and their neighbours, Han, Kana, Bopomofo, Hangul, Yi."""
_KINDS: Final = {
    "**": EntityKind.BOLD,
    "*": EntityKind.ITALIC,
    "_": EntityKind.ITALIC,
    "~~": EntityKind.STRIKETHROUGH,
    "||": EntityKind.SPOILER,
}
_OF_WORDS: Final = frozenset({"*", "_"})
"""Marks that mean nothing inside a word: 2*3*4, snake_case_name."""


def from_markdown(source: str) -> RichText:
    """Read Markdown; raise ``Invalid`` for a link that leads nowhere, or a text that cannot be sent."""
    return read_markdown(Source(checked_source(source))).written()


def read_markdown(source: Source) -> RichWriter:
    """Read Markdown that may have variables; raise ``Invalid`` for a link that leads nowhere."""
    writer = RichWriter()
    for place, block in enumerate(_blocks(source.text.split("\n"))):
        if place:
            writer.say("\n")
        block.write(writer, source)
    return writer


def escaped_markdown(text: str) -> str:
    """Return Markdown that says ``text`` and nothing else."""
    return _MARKUP.sub(r"\\\1", text)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some lines, all of them words (``kind`` is ``None``), quoted, or code in a ``language``."""

    lines: list[str]
    kind: EntityKind | None = None
    language: str | None = None

    def write(self, writer: RichWriter, source: Source) -> None:
        """Say what the lines say."""
        text = "\n".join(self.lines)
        if self.kind is None:
            _write(writer, _Inline(text, source).read())
            return
        start = writer.length
        if self.kind is EntityKind.PRE:
            writer.say(text)
        else:
            _write(writer, _Inline(text, source).read())
        writer.mark(self.kind, start, language=self.language)


def _blocks(lines: list[str]) -> list[_Block]:
    """Group lines into blocks; a fence that is not closed is words."""
    blocks: list[_Block] = []
    words: list[str] = []
    fences = [place for place, line in enumerate(lines) if line.rstrip() == _FENCE]
    at = 0
    while at < len(lines):
        end = _end_of_code(lines[at], fences, at)
        if end is None:
            words.append(lines[at])
            at += 1
            continue
        language = lines[at].rstrip().removeprefix(_FENCE).strip()
        blocks += [*_said(words), _Block(lines[at + 1 : end], EntityKind.PRE, language_named(language))]
        words, at = [], end + 1
    return blocks + _said(words)


def _end_of_code(line: str, fences: list[int], at: int) -> int | None:
    """Return the number of the line that ends the code that ``line``, number ``at``, begins; ``None`` if none does."""
    if not line.startswith(_FENCE) or "`" in line.rstrip().removeprefix(_FENCE):
        return None
    following = bisect_right(fences, at)
    return fences[following] if following < len(fences) else None


def _said(lines: list[str]) -> list[_Block]:
    """Tell quoted lines from others."""
    blocks = []
    for is_quoted, group in groupby(lines, lambda line: line.startswith(">")):
        if is_quoted:
            blocks.append(_Block([line[1:].removeprefix(" ") for line in group], EntityKind.BLOCKQUOTE))
        else:
            blocks.append(_Block(list(group)))
    return blocks


@dataclass(slots=True)
class _Span:
    """What stands behind a mark that is open: it becomes an entity once the mark is closed."""

    mark: str
    kind: EntityKind | None = None
    url: str | None = None
    inside: "list[str | _Span]" = field(default_factory=list)


def _write(writer: RichWriter, spans: "list[str | _Span]") -> None:
    for span in spans:
        if isinstance(span, str):
            writer.say(span)
        else:
            start = writer.length
            _write(writer, span.inside)
            if span.kind is not None:
                writer.mark(span.kind, start, span.url)


class _Inline:
    """Reads words with marks among them, in one pass: the innermost open mark stands last.

    A mark opens only where none of its kind is open, so what is inside an open mark is moved outward a few times at
    most, however many marks there are.
    """

    def __init__(self, text: str, source: Source, *, has_links: bool = True) -> None:
        self._text = text
        self._source = source
        self._has_links = has_links
        self._open = [_Span("")]
        self._marks: set[str] = set()
        self._looks = 0
        self._runs: dict[int, list[int]] | None = None
        self._unclosed: set[int] = set()

    def read(self) -> "list[str | _Span]":
        """Read the whole text."""
        at = 0
        while token := _TOKEN.search(self._text, at):
            self._say(self._text[at : token.start()])
            at = self._take(token)
        self._say(self._text[at:])
        while len(self._open) > 1:
            self._give_up()
        return self._open[0].inside

    def _say(self, words: str) -> None:
        if words:
            self._open[-1].inside.append(words)

    def _add(self, span: _Span) -> None:
        """Add words that look otherwise."""
        self._looks += 1
        check_looks(self._looks)
        self._open[-1].inside.append(span)

    def _take(self, token: re.Match[str]) -> int:
        """Take a token, and return where it ends."""
        match token.lastgroup:
            case "ticks":
                return self._take_code(token)
            case "bracket":
                return self._take_link(token.start())
            case "address":
                return self._take_address(token)
            case "stars":
                self._take_stars(token)
            case "mark" if token["mark"] in _KINDS:
                self._take_mark(token["mark"], token.span(), token.span())
            case _:
                self._say(token["escaped"] or token[0])
        return token.end()

    def _take_code(self, token: re.Match[str]) -> int:
        """Take what stands between two runs of as many backticks, or the one run for itself."""
        closings = self._ticks().get(len(token[0]), [])
        following = bisect_left(closings, token.end())
        if following == len(closings):
            self._say(token[0])
            return token.end()
        code = _trimmed(self._text[token.end() : closings[following]])
        self._add(_Span("", EntityKind.CODE, inside=[code]))
        return closings[following] + len(token[0])

    def _ticks(self) -> dict[int, list[int]]:
        """Return where the runs of backticks begin, by their length; they are looked for once."""
        if self._runs is None:
            self._runs = {}
            for run in _TICKS.finditer(self._text):
                self._runs.setdefault(len(run[0]), []).append(run.start())
        return self._runs

    def _take_link(self, place: int) -> int:
        """Take words and the address behind them, or the one bracket for itself."""
        words = _WORDS.match(self._text, place) if self._has_links else None
        end = self._end_of_address(words.end()) if words else None
        if words is None or end is None:
            self._say("[")
            return place + 1
        url = _ESCAPE.sub(r"\1", self._text[words.end() : end])
        where = Spot("text", Where.LINK, {"label": self._source.spelled(words[1])})
        inside = _Inline(words[1], self._source, has_links=False).read()
        self._add(_Span("", EntityKind.TEXT_LINK, checked_pattern(url, LINKS, where), inside))
        return end + 1

    def _end_of_address(self, start: int) -> int | None:
        """Return the place of the parenthesis that closes an address, ``None`` if none does.

        From each place the rest of an address is the same, whatever stood before: places from which it is not closed
        are remembered, and not tried again.
        """
        tried, place = [], start
        while place not in self._unclosed:
            piece = _PIECE.match(self._text, place)
            if piece is None:
                if place > start and self._text.startswith(")", place):
                    return place
                break
            tried.append(place)
            place = piece.end()
        self._unclosed.update(tried)
        self._unclosed.add(place)
        return None

    def _take_address(self, token: re.Match[str]) -> int:
        """Take a bare address, without marks that stand behind it; nothing behind the slashes is no address."""
        address = token[0].rstrip("_~")
        self._say(address)
        return token.start() + len(address)

    def _take_stars(self, token: re.Match[str]) -> None:
        """Take one to three stars as italic, bold, or both; those that close do so from the inside out."""
        start, end = token.span()
        if end - start > len("***"):
            self._say(token[0])
            return
        while start < end:
            is_inner = end - start == len("***") and self._open[-1].mark == "*"
            mark = "*" if is_inner or end - start == 1 else "**"
            self._take_mark(mark, (start, end), token.span())
            start += len(mark)

    def _take_mark(self, mark: str, place: tuple[int, int], run: tuple[int, int]) -> None:
        """Close, open, or say a mark, which is part of a ``run`` of marks."""
        before, after = self._text[run[0] - 1 : run[0]], self._text[place[1] : place[1] + 1]
        is_behind_word = mark in _OF_WORDS and _is_of_word(before)
        if is_behind_word and mark == "*" and (_is_unspaced(before) or _is_unspaced(after)):
            is_behind_word = False
        if mark in self._marks:
            if not before.isspace() and not (is_behind_word and _is_of_word(after)) and self._open[-1].inside:
                self._close(mark)
            else:
                self._say(mark)
        elif after and not after.isspace() and not is_behind_word:
            self._open.append(_Span(mark))
            self._marks.add(mark)
        else:
            self._say(mark)

    def _close(self, mark: str) -> None:
        while self._open[-1].mark != mark:
            self._give_up()
        closed = self._open.pop()
        self._marks.remove(mark)
        self._add(_Span("", _KINDS[mark], inside=closed.inside))

    def _give_up(self) -> None:
        """Let a mark that was not closed be itself."""
        given_up = self._open.pop()
        self._marks.remove(given_up.mark)
        self._open[-1].inside += [given_up.mark, *given_up.inside]


def _is_of_word(character: str) -> bool:
    """Tell whether a character, or the variable it stands for, is part of a word."""
    return character.isalnum() or is_mark(character)


def _is_unspaced(character: str) -> bool:
    return character.isalnum() and _UNSPACED.match(character) is not None


def _trimmed(code: str) -> str:
    """Take away the spaces that keep code from backticks."""
    is_padded = code.startswith(" ") and code.endswith(" ") and code.strip(" ")
    return code[1:-1] if is_padded else code
