"""Our messages as MAX's ``NewMessageBody`` (dev.max.ru). Buttons are attachments, one keyboard at most."""

from typing import Any, Final

from gatepost.core.model.message import Message

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

Body = dict[str, Any]


def new_message(message: Message) -> Body:
    """Return the body that sends ``message``; nothing in its text can become markup."""
    keyboard = _keyboard(message)
    return {**_text(message), **({"attachments": [keyboard]} if keyboard else {})}


def changed_message(message: Message) -> Body:
    """Return the body that puts ``message`` in another's place: an empty list takes the old buttons away."""
    keyboard = _keyboard(message)
    return {**_text(message), "attachments": [keyboard] if keyboard else []}


def _text(message: Message) -> Body:
    return {"text": message.text.translate(_ESCAPES), "format": "html"}


def _keyboard(message: Message) -> Body | None:
    rows: list[list[Body]] = [
        [{"type": "callback", "text": choice.label, "payload": choice.data} for choice in row]
        for row in message.choices
    ]
    if message.url_button is not None:
        rows.append([{"type": "link", "text": message.url_button.label, "url": message.url_button.url}])
    if message.ask_contact is not None:
        rows.append([{"type": "request_contact", "text": message.ask_contact}])
    return {"type": "inline_keyboard", "payload": {"buttons": rows}} if rows else None
