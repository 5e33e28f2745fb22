"""Text of messages: Telegram's HTML parsed strictly into text and entities, and commands found in what people write.

Offsets and lengths of entities count UTF-16 code units, as the Bot API does.
"""

import re
import sys
from dataclasses import dataclass
from typing import Any, Final

from emulator.telegram.errors import CAPTION_TOO_LONG, EMPTY_TEXT, TOO_LONG, bad_request
from emulator.telegram.given_entities import read_given
from emulator.telegram.media import CAPTION_LIMIT
from emulator.telegram.parameters import Parameters

TEXT_LIMIT: Final = 4096

_TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_REFERENCES: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));?")
_TAG: Final = re.compile(r"<(/?)([^\s>/]*)([^>]*)>")
_ATTRIBUTE: Final = re.compile(r"""([^\s=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_COMMAND: Final = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")

_FIRST_SURROGATE: Final = 0xD800
_LAST_SURROGATE: Final = 0xDFFF

Entity = dict[str, Any]


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    attributes: dict[str, str]


def utf16_length(text: str) -> int:
    """Count UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text) if not text.isascii() else len(text)


def command_entities(text: str) -> list[Entity]:
    """Find the commands in what a person wrote."""
    if "/" not in text:
        return []
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found.group()),
        }
        for found in _COMMAND.finditer(text)
    ]


def read_text(parameters: Parameters) -> tuple[str, list[Entity]]:
    """Read the text of an outgoing message with its entities, within the limits Telegram sets."""
    text, entities = _read_words(parameters, "text", "entities")
    if not text:
        raise bad_request(EMPTY_TEXT)
    if len(text) > TEXT_LIMIT:
        raise bad_request(TOO_LONG)
    return text, entities


def read_caption(parameters: Parameters) -> tuple[str, list[Entity]]:
    """Read what is said below a picture, a video or a file, if anything."""
    text, entities = _read_words(parameters, "caption", "caption_entities")
    if len(text) > CAPTION_LIMIT:
        raise bad_request(CAPTION_TOO_LONG)
    return text, entities


def _read_words(parameters: Parameters, name: str, entities_name: str) -> tuple[str, list[Entity]]:
    text = parameters.text(name)
    mode = parameters.text("parse_mode").lower()
    if mode == "html":
        return _trimmed(*parse_html(text))
    if mode:
        raise bad_request("unsupported parse_mode")
    return _trimmed(text, read_given(parameters, entities_name, text))


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Strip white space around the text, as Telegram does, and keep the entities where they belong."""
    stripped = text.strip()
    if not entities or stripped == text:
        return stripped, entities
    shift = utf16_length(text[: len(text) - len(text.lstrip())])
    end = utf16_length(stripped)
    kept = []
    for entity in entities:
        start = max(0, int(entity["offset"]) - shift)
        length = min(end, int(entity["offset"]) - shift + int(entity["length"])) - start
        if length > 0:
            kept.append({**entity, "offset": start, "length": length})
    return stripped, kept


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Turn Telegram's HTML into text and entities; refuse what Telegram refuses."""
    if "<" not in source and "&" not in source:
        return source, []
    reader = _HtmlReader(source)
    reader.read()
    return "".join(reader.parts), sorted(reader.entities, key=lambda entity: (entity["offset"], -entity["length"]))


class _HtmlReader:
    """Walks through the source once, keeping the tags that are open."""

    def __init__(self, source: str) -> None:
        self.parts: list[str] = []
        self.entities: list[Entity] = []
        self._source = source
        self._length = 0
        self._open: list[_Open] = []

    def read(self) -> None:
        """Read the whole source."""
        position = 0
        while (start := self._source.find("<", position)) >= 0:
            self._say(self._source[position:start])
            tag = _TAG.match(self._source, start)
            if tag is None:
                raise self._refused("Unclosed start tag", start)
            if tag[1]:
                self._close(tag[2].lower(), start)
            else:
                self._begin(tag[2].lower(), tag[3], start)
            position = tag.end()
        self._say(self._source[position:])
        if self._open:
            tag_name = self._open[-1].tag
            raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag_name}\"")

    def _say(self, source: str) -> None:
        text = _REFERENCE.sub(_character, source) if "&" in source else source
        self.parts.append(text)
        self._length += utf16_length(text)

    def _begin(self, name: str, rest: str, start: int) -> None:
        if name not in _TAGS:
            raise self._refused(f'Unsupported start tag "{name}"', start)
        attributes = {
            found[1].lower(): _REFERENCE.sub(_character, found[2] or found[3] or found[4] or "")
            for found in _ATTRIBUTE.finditer(rest.strip(" \t\r\n/"))
        }
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self._refused('Tag "span" must have class "tg-spoiler"', start)
        self._open.append(_Open(name, self._length, attributes))

    def _close(self, name: str, start: int) -> None:
        if not self._open:
            raise self._refused("Unexpected end tag", start)
        opened = self._open.pop()
        if name not in ("", opened.tag):
            byte = len(self._source[:start].encode())
            raise bad_request(
                f"can't parse entities: Unmatched end tag at byte offset {byte}, "
                f'expected "</{opened.tag}>", found "</{name}>"'
            )
        length = self._length - opened.offset
        if length > 0:
            self._add(opened, length)

    def _add(self, opened: _Open, length: int) -> None:
        entity: Entity = {"offset": opened.offset, "length": length, "type": _TAGS[opened.tag]}
        attributes = opened.attributes
        if opened.tag == "a":
            if not attributes.get("href"):
                return
            entity["url"] = attributes["href"]
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        elif opened.tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "code" and self._open and self._open[-1].tag == "pre" and "class" in attributes:
            self._open[-1].attributes["language"] = attributes["class"].removeprefix("language-")
            return
        elif opened.tag == "pre" and "language" in attributes:
            entity["language"] = attributes["language"]
        self.entities.append(entity)

    def _refused(self, what: str, start: int) -> Exception:
        return bad_request(f"can't parse entities: {what} at byte offset {len(self._source[:start].encode())}")


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return _REFERENCES[found[1]]
    code = int(found[2]) if found[2] else int(found[3], 16)
    is_character = 0 < code <= sys.maxunicode and not _FIRST_SURROGATE <= code <= _LAST_SURROGATE
    return chr(code) if is_character else found[0]
