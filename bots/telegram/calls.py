"""Our messages as calls of the Bot API that send them. Looks go as entities, so that nothing in a text is markup.

A caption has 1,024 characters at most: with a longer text the picture, video or file comes first, by itself, and the
text with the buttons below it. Telegram sends files by their address only if they are of some few kinds; the address
of any other stands below the text.
"""

import json
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from bots.formatting import rich_of, rows_of, with_link_below
from core.model.messages.message import Choice, Media, MediaKind, Message, UrlButton
from core.model.text.text import Entity, length_of

_REMOVE: Final = json.dumps({"remove_keyboard": True})


def keyboard_of(message: Message) -> str | None:
    """Return the keyboard below ``message`` (a ``ReplyKeyboardMarkup``, ``ReplyKeyboardRemove`` or inline one)."""
    if message.ask_contact is not None:
        button = {"text": message.ask_contact, "request_contact": True}
        return json.dumps({"keyboard": [[button]], "one_time_keyboard": True, "resize_keyboard": True})
    return _REMOVE if message.contact_done else inline_keyboard_of(message)


def inline_keyboard_of(message: Message) -> str | None:
    """Return the inline keyboard below ``message``, the only kind that an edit can carry; ``None`` takes it away."""
    rows = [[_button(button) for button in row] for row in rows_of(message)]
    return json.dumps({"inline_keyboard": rows}) if rows else None


def _button(button: Choice | UrlButton) -> dict[str, str]:
    if isinstance(button, UrlButton):
        return {"text": button.label, "url": button.url}
    return {"text": button.label, "callback_data": button.data}


TEXT_LIMIT: Final = 4096
_CAPTION_LIMIT: Final = 1024
_BY_ADDRESS: Final = (".pdf", ".zip", ".gif")
_FETCH_SECONDS: Final = 50.0
"""Telegram fetches what stands at an address before it answers."""
_METHODS: Final = {MediaKind.PHOTO: "sendPhoto", MediaKind.VIDEO: "sendVideo", MediaKind.DOCUMENT: "sendDocument"}


@dataclass(frozen=True, slots=True)
class BotCall:
    """One call, without the chat; ``more_seconds`` is how much longer than usual the answer may take."""

    method: str
    parameters: dict[str, str]
    more_seconds: float = 0.0


def calls_of(message: Message) -> tuple[BotCall, ...]:
    """Return the calls that send the message."""
    if message.media is not None and not _can_fetch(message.media):
        message = with_link_below(message, TEXT_LIMIT)
    if message.media is None:
        return (BotCall("sendMessage", {**words(message), **looks(keyboard_of(message))}),)
    if length_of(message.text) > _CAPTION_LIMIT:
        alone = replace(message, text="", entities=(), choices=(), url_button=None)
        return *calls_of(alone), *calls_of(replace(message, media=None))
    return (_media_call(message, message.media),)


def words(message: Message, name: str = "text", entities_name: str = "entities") -> dict[str, str]:
    """Return a message's text and how it looks as parameters."""
    rich = rich_of(message).cut(TEXT_LIMIT)
    said = {name: rich.text}
    return {**said, entities_name: json.dumps([_entity(each) for each in rich.entities])} if rich.entities else said


def looks(keyboard: str | None) -> dict[str, str]:
    """Return the parameters that every text of ours is sent with: its keyboard, and no preview of links."""
    return {"link_preview_options": '{"is_disabled": true}', **_markup(keyboard)}


def _markup(keyboard: str | None) -> dict[str, str]:
    return {} if keyboard is None else {"reply_markup": keyboard}


def _media_call(message: Message, media: Media) -> BotCall:
    caption = words(message, "caption", "caption_entities") if message.text else {}
    parameters = {media.kind.value: media.url, **caption, **_markup(keyboard_of(message))}
    return BotCall(_METHODS[media.kind], parameters, _FETCH_SECONDS)


def _can_fetch(media: Media) -> bool:
    return media.kind is not MediaKind.DOCUMENT or urlsplit(media.url).path.lower().endswith(_BY_ADDRESS)


def _entity(entity: Entity) -> dict[str, str | int]:
    fields: dict[str, str | int] = {"type": entity.kind.value, "offset": entity.offset, "length": entity.length}
    if entity.url is not None:
        fields["url"] = entity.url
    if entity.language is not None:
        fields["language"] = entity.language
    return fields
