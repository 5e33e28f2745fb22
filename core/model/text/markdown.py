r"""Rich text from a small, safe Markdown.

``**bold**``, ``*italic*`` or ``_italic_``, ``~~strike~~``, ``||spoiler||``, `` `code` ``, a block between lines of
three backticks (the first may name a language), ``[words](https://…)``, lines that begin with ``>``, and a backslash
before any punctuation that is to be itself. There is no more: no headings, lists, pictures, HTML. Line breaks stay, a
mark without its partner stays what it is, and so do stars and underscores inside words and whole addresses. Why not a
library: CommonMark's readers fold lines and make paragraphs, and a chat message is neither.
"""

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from core.model.text.addresses import LINKS, checked_address
from core.model.text.text import EntityKind, RichText
from core.model.text.writer import RichWriter, checked_source, language_named

_FENCE: Final = "```"
_TOKEN: Final = re.compile(
    r"""
    \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?P<ticks>`+)
    | \[(?P<words>(?:\\[^\n]|[^\[\]\\\n])+)\]\((?P<url>(?:[^\s()\\]|\\\S|\([^\s()]*\))+)\)
    | (?P<address>https?://[^\s<>*|`\\\[\]()]+(?<![_~]))
    | (?P<stars>\*+) | (?P<mark>_+|~~|\|\|)
    """,
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKUP: Final = re.compile(r"([\\`*_~|\[\]()>])")
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
    writer = RichWriter()
    for place, block in enumerate(_blocks(checked_source(source).split("\n"))):
        if place:
            writer.say("\n")
        block.write(writer)
    return writer.written()


def escaped_markdown(text: str) -> str:
    """Return Markdown that says ``text`` and nothing else."""
    return _MARKUP.sub(r"\\\1", text)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some lines, all of them words (``kind`` is ``None``), quoted, or code in a ``language``."""

    lines: list[str]
    kind: EntityKind | None = None
    language: str | None = None

    def write(self, writer: RichWriter) -> None:
        """Say what the lines say."""
        text = "\n".join(self.lines)
        if self.kind is None:
            _write(writer, _spans(text))
            return
        with writer.looking(self.kind, language=self.language):
            if self.kind is EntityKind.PRE:
                writer.say(text)
            else:
                _write(writer, _spans(text))


def _blocks(lines: list[str]) -> list[_Block]:
    """Group lines into blocks; a fence that is not closed is words."""
    blocks: list[_Block] = []
    words: list[str] = []
    fences = [place for place, line in enumerate(lines) if line.rstrip() == _FENCE]
    at = 0
    while at < len(lines):
        language = lines[at].rstrip().removeprefix(_FENCE)
        is_fence = lines[at].startswith(_FENCE) and "`" not in language
        end = next((place for place in fences if place > at), None) if is_fence else None
        if end is None:
            words.append(lines[at])
            at += 1
            continue
        blocks += [*_said(words), _Block(lines[at + 1 : end], EntityKind.PRE, language_named(language.strip()))]
        words, at = [], end + 1
    return blocks + _said(words)


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
        elif span.kind is None:
            _write(writer, span.inside)
        else:
            with writer.looking(span.kind, span.url):
                _write(writer, span.inside)


def _spans(text: str) -> "list[str | _Span]":
    return _Inline(text).read()


class _Inline:
    """Reads words with marks among them, in one pass: the innermost open mark stands last."""

    def __init__(self, text: str, *, has_links: bool = True) -> None:
        self._text = text
        self._has_links = has_links
        self._open = [_Span("")]

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

    def _take(self, token: re.Match[str]) -> int:
        """Take a token, and return where it ends."""
        if token["ticks"]:
            return self._take_code(token)
        if token["url"] and self._has_links:
            where = f"text: the link behind [{token['words']}]"
            url = checked_address(_ESCAPE.sub(r"\1", token["url"]), LINKS, where)
            words = _Inline(token["words"], has_links=False).read()
            self._open[-1].inside.append(_Span("", EntityKind.TEXT_LINK, url, words))
        elif token["stars"]:
            self._take_stars(token)
        elif token["mark"] in _KINDS:
            self._take_mark(token["mark"], token.span(), token.span())
        else:
            self._say(token["escaped"] or token[0])
        return token.end()

    def _take_code(self, token: re.Match[str]) -> int:
        """Take what stands between two runs of as many backticks, or the one run for itself."""
        closing = re.compile(rf"(?<!`){token['ticks']}(?!`)").search(self._text, token.end())
        if closing is None:
            self._say(token[0])
            return token.end()
        code = _trimmed(self._text[token.end() : closing.start()])
        self._open[-1].inside.append(_Span("", EntityKind.CODE, inside=[code]))
        return closing.end()

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
        is_in_word = mark in _OF_WORDS and before.isalnum()
        if any(span.mark == mark for span in self._open):
            if not before.isspace() and not (is_in_word and after.isalnum()) and self._open[-1].inside:
                self._close(mark)
            else:
                self._say(mark)
        elif after and not after.isspace() and not is_in_word:
            self._open.append(_Span(mark))
        else:
            self._say(mark)

    def _close(self, mark: str) -> None:
        while self._open[-1].mark != mark:
            self._give_up()
        closed = self._open.pop()
        self._open[-1].inside.append(_Span("", _KINDS[mark], inside=closed.inside))

    def _give_up(self) -> None:
        """Let a mark that was not closed be itself."""
        given_up = self._open.pop()
        self._open[-1].inside += [given_up.mark, *given_up.inside]


def _trimmed(code: str) -> str:
    """Take away the spaces that keep code from backticks."""
    is_padded = code.startswith(" ") and code.endswith(" ") and code.strip(" ")
    return code[1:-1] if is_padded else code
