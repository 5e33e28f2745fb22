"""Our messages as MAX's ``NewMessageBody`` (dev.max.ru). Buttons are attachments, one keyboard at most.

So are pictures, which MAX fetches by their address. Videos and files it takes only by upload, which is not done here:
their address stands below the text.
"""

from typing import Any

from bots.formatting import rows_of, with_link_below
from bots.max.formatting import TEXT_LIMIT, text_of
from core.model.messages.message import Choice, MediaKind, Message, UrlButton

Body = dict[str, Any]


def new_message(message: Message) -> Body:
    """Return the body that sends ``message``; nothing in its text can become markup."""
    attachments = _attachments(message)
    return {**_text(message), **({"attachments": attachments} if attachments else {})}


def changed_message(message: Message) -> Body:
    """Return the body that puts ``message`` in another's place: an empty list takes the old buttons away."""
    return {**_text(message), "attachments": _attachments(message)}


def _text(message: Message) -> dict[str, str]:
    if message.media is not None and message.media.kind is not MediaKind.PHOTO:
        message = with_link_below(message, TEXT_LIMIT)
    return text_of(message) if message.text or message.media is None else {}


def _attachments(message: Message) -> list[Body]:
    attachments: list[Body] = []
    if message.media is not None and message.media.kind is MediaKind.PHOTO:
        attachments.append({"type": "image", "payload": {"url": message.media.url}})
    keyboard = _keyboard(message)
    return [*attachments, keyboard] if keyboard else attachments


def _keyboard(message: Message) -> Body | None:
    rows: list[list[Body]] = [[_button(button) for button in row] for row in rows_of(message)]
    if message.ask_contact is not None:
        rows.append([{"type": "request_contact", "text": message.ask_contact}])
    return {"type": "inline_keyboard", "payload": {"buttons": rows}} if rows else None


def _button(button: Choice | UrlButton) -> Body:
    if isinstance(button, UrlButton):
        return {"type": "link", "text": button.label, "url": button.url}
    return {"type": "callback", "text": button.label, "payload": button.data}
