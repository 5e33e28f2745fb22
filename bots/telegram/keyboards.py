"""Our messages' buttons as Telegram's keyboards, in JSON. A message has one of them at most.

Plain dictionaries, not PTB's classes: those cost a tenth of a millisecond a message, and a test holds every call
against the Bot API's own description.
"""

import json
from typing import Final

from bots.formatting import rows_of
from core.model.messages.message import Choice, Message, UrlButton

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
