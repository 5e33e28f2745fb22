"""The formats of outgoing texts: HTML and Markdown are turned into what a person reads.

Of HTML it is also known how words look; entities have the names and the UTF-16 offsets that the phone has for all.
"""

import re
from html.parser import HTMLParser
from typing import Any, Final

Entity = dict[str, Any]

_LOOKS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "mark": "bold",
    "blockquote": "blockquote",
    "h1": "bold",
}
_LINE_MARKS: Final = re.compile(r"^(?:#{1,6} +|> ?)", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\[\]\n]+)\]\([^()\s]+\)")
_PAIRS: Final = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"`([^`\n]+)`",
        r"\*\*(?=\S)(.+?)(?<=\S)\*\*",
        r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)",
        r"~~(?=\S)(.+?)(?<=\S)~~",
        r"\+\+(?=\S)(.+?)(?<=\S)\+\+",
        r"\^\^(?=\S)(.+?)(?<=\S)\^\^",
        r"\*(?=\S)(.+?)(?<=\S)\*",
        r"(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)",
    )
)


def read_formatted(text: str, text_format: str | None) -> tuple[str, list[Entity]]:
    """Turn a text in this format ("html", "markdown", None: none) into what a person reads, and how it looks."""
    match text_format:
        case "html":
            return _read_html(text)
        case "markdown":
            return _without_marks(text).strip(), []
        case _:
            return text.strip(), []


def _read_html(source: str) -> tuple[str, list[Entity]]:
    reader = _HtmlReader()
    reader.feed(source)
    reader.close()
    whole = "".join(reader.said)
    text = whole.strip()
    before, end = _units(whole[: len(whole) - len(whole.lstrip())]), _units(text)
    entities = []
    for entity in sorted(reader.entities, key=lambda each: (each["offset"], -each["length"])):
        start = max(0, entity["offset"] - before)
        length = min(end, entity["offset"] + entity["length"] - before) - start
        if length > 0:
            entities.append({**entity, "offset": start, "length": length})
    return text, entities


class _HtmlReader(HTMLParser):
    """Reads HTML as MAX does: tags it does not know are passed over, and so is what is not closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.entities: list[Entity] = []
        self._length = 0
        self._open: list[tuple[str, int, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a look begins."""
        self._open.append((tag, self._length, dict(attrs).get("href")))

    def handle_endtag(self, tag: str) -> None:
        """Note where the innermost look of this name ends."""
        for place in reversed(range(len(self._open))):
            name, start, url = self._open[place]
            if name == tag:
                del self._open[place:]
                if tag in _LOOKS and self._length > start:
                    entity: Entity = {"type": _LOOKS[tag], "offset": start, "length": self._length - start}
                    self.entities.append(entity if url is None else {**entity, "url": url})
                return

    def handle_data(self, data: str) -> None:
        """Note what is said."""
        self.said.append(data)
        self._length += _units(data)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _without_marks(text: str) -> str:
    plain = _LINK.sub(r"\1", _LINE_MARKS.sub("", text))
    for pair in _PAIRS:
        plain = pair.sub(r"\1", plain)
    return plain
