"""What a site writes, as it is kept in the outbox: words and how they look, a picture or file, and buttons.

Buttons are held to what every messenger can show. The JSON that is written here is read again after updates, so its
shape only grows.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from core.complaints import Wrong
from core.errors import Invalid
from core.model.messages.message import Choice, Media, MediaKind, Message, Row, UrlButton
from core.model.text.addresses import WEB
from core.model.text.text import Entity, EntityKind, RichText
from core.model.text.variables import checked_pattern, source_of

CLICK: Final = "c:"
"""What the data of a site's buttons begins with in messengers, so that none is taken for a button of ours."""
MOST_ROWS: Final = 3
MOST_IN_ROW: Final = 3
LABEL_LIMIT: Final = 64
DATA_LIMIT: Final = 62
"""In bytes: Telegram allows 64, the fewest of all messengers, and two are ours (``CLICK``)."""
UNSHOWABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Rows: TypeAlias = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content, already checked: every messenger can show it. ``code`` is the one-time code in the text."""

    text: RichText
    media: Media | None = None
    buttons: Rows = ()
    code: str | None = None

    def message(self, language: str | None = None, *, is_late: bool = False) -> Message:
        """Return the message that a bot sends to a person who speaks ``language``; ``is_late`` as in ``Message``."""
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
        """Return the content as the JSON under which it is kept, sealed."""
        fields: dict[str, Any] = {
            "text": self.text.text,
            "entities": [[each.kind, each.offset, each.length, each.url, each.language] for each in self.text.entities],
            "media": media_to_json(self.media),
            "buttons": rows_to_json(self.buttons),
            "code": self.code,
        }
        return json.dumps(fields).encode()


def read_content(kept: bytes) -> Content:
    """Return the content that ``to_bytes`` wrote."""
    fields = json.loads(kept)
    entities = tuple(Entity(EntityKind(kind), *rest) for kind, *rest in fields["entities"])
    media, buttons = media_from_json(fields["media"]), rows_from_json(fields["buttons"])
    return Content(RichText(fields["text"], entities), media, buttons, fields.get("code"))


def checked_buttons(rows: Sequence[Sequence[Choice | UrlButton]], *, has_variables: bool = False) -> tuple[Row, ...]:
    """Return the rows as they are; raise ``Invalid`` that names the button which is wrong.

    With ``has_variables`` their labels and addresses may have some, which are filled in later.
    """
    if len(rows) > MOST_ROWS or any(not 1 <= len(row) <= MOST_IN_ROW for row in rows):
        raise Invalid("buttons", Wrong.TOO_MANY_BUTTONS, rows=MOST_ROWS, in_row=MOST_IN_ROW)
    for number, row in enumerate(rows):
        for place, button in enumerate(row):
            _check(button, f"buttons[{number}][{place}]", has_variables=has_variables)
    return tuple(tuple(row) for row in rows)


def media_to_json(media: Media | None) -> list[str] | None:
    """Return media as JSON: kind and address."""
    return None if media is None else [media.kind, media.url]


def media_from_json(value: list[str] | None) -> Media | None:
    """Return the media that ``media_to_json`` wrote."""
    return Media(MediaKind(value[0]), value[1]) if value else None


def rows_to_json(rows: Rows) -> list[list[list[str]]]:
    """Return buttons as JSON: rows of kind, label, and data or address."""
    return [[_button(button) for button in row] for row in rows]


def rows_from_json(value: list[list[list[str]]]) -> Rows:
    """Return the buttons that ``rows_to_json`` wrote."""
    return tuple(tuple(_read_button(*button) for button in row) for row in value)


def _marked(button: Choice | UrlButton) -> Choice | UrlButton:
    return Choice(button.label, CLICK + button.data) if isinstance(button, Choice) else button


def _button(button: Choice | UrlButton) -> list[str]:
    if isinstance(button, Choice):
        return ["choice", button.label, button.data]
    return ["url", button.label, button.url]


def _read_button(kind: str, label: str, value: str) -> Choice | UrlButton:
    return Choice(label, value) if kind == "choice" else UrlButton(label, value)


def _check(button: Choice | UrlButton, where: str, *, has_variables: bool) -> None:
    if UNSHOWABLE.search(button.label + getattr(button, "data", "")):
        raise Invalid(where, Wrong.NOT_ONE_LINE)
    if not button.label.strip() or len(button.label) > LABEL_LIMIT:
        raise Invalid(f"{where}.text", Wrong.BAD_LENGTH, most=LABEL_LIMIT)
    if isinstance(button, UrlButton):
        url = source_of(button.url).text if has_variables and not UNSHOWABLE.search(button.url) else button.url
        checked_pattern(url, WEB, f"{where}.url")
    elif not 1 <= len(button.data.encode()) <= DATA_LIMIT or button.data != button.data.strip():
        raise Invalid(f"{where}.callback_data", Wrong.BAD_BUTTON_DATA, most=DATA_LIMIT)
