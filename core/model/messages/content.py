"""What a site writes: words and how they look, a picture or file, and buttons; as it is kept in the outbox."""

import json
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from core.model.messages.media import Media, MediaKind
from core.model.messages.message import Choice, Message, Row, UrlButton
from core.model.text.text import Entity, EntityKind, RichText

CLICK: Final = "c:"
"""What the data of a site's own buttons begins with in messengers, so that none is taken for a button of ours."""

Rows: TypeAlias = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content, checked already: it can be shown by every messenger. ``code`` is one that the text tells."""

    text: RichText
    media: Media | None = None
    buttons: Rows = ()
    code: str | None = None

    def message(self, language: str | None = None, *, is_late: bool = False) -> Message:
        """Return the message that a bot sends to somebody who speaks ``language``, after the time for free words."""
        rows = tuple(tuple(_marked(button) for button in row) for row in self.buttons)
        return Message(
            text=self.text.text,
            entities=self.text.entities,
            media=self.media,
            choices=rows,
            code=self.code,
            language=language,
            is_late=is_late,
        )

    def to_bytes(self) -> bytes:
        """Return the content as it is kept."""
        told: dict[str, Any] = {
            "text": self.text.text,
            "entities": [[each.kind, each.offset, each.length, each.url, each.language] for each in self.text.entities],
            "media": media_to_json(self.media),
            "buttons": rows_to_json(self.buttons),
            "code": self.code,
        }
        return json.dumps(told).encode()


def read_content(kept: bytes) -> Content:
    """Return what ``to_bytes`` wrote."""
    told = json.loads(kept)
    entities = tuple(Entity(EntityKind(kind), *rest) for kind, *rest in told["entities"])
    media, buttons = media_from_json(told["media"]), rows_from_json(told["buttons"])
    return Content(RichText(told["text"], entities), media, buttons, told.get("code"))


def media_to_json(media: Media | None) -> list[str] | None:
    """Return media as they are kept."""
    return None if media is None else [media.kind, media.url]


def media_from_json(told: list[str] | None) -> Media | None:
    """Return what ``media_to_json`` told."""
    return Media(MediaKind(told[0]), told[1]) if told else None


def rows_to_json(rows: Rows) -> list[list[list[str]]]:
    """Return buttons as they are kept."""
    return [[_button(button) for button in row] for row in rows]


def rows_from_json(told: list[list[list[str]]]) -> Rows:
    """Return what ``rows_to_json`` told."""
    return tuple(tuple(_read_button(*button) for button in row) for row in told)


def _marked(button: Choice | UrlButton) -> Choice | UrlButton:
    return Choice(button.label, CLICK + button.data) if isinstance(button, Choice) else button


def _button(button: Choice | UrlButton) -> list[str]:
    if isinstance(button, Choice):
        return ["choice", button.label, button.data]
    return ["url", button.label, button.url]


def _read_button(kind: str, label: str, value: str) -> Choice | UrlButton:
    return Choice(label, value) if kind == "choice" else UrlButton(label, value)
