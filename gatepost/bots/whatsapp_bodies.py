"""Our messages as the bodies of Meta's ``POST /{phone_number_id}/messages``.

WhatsApp has no way to escape its markup, so a mark that could become markup is kept apart from its neighbours by an
invisible joiner.
"""

import re
from typing import Any, Final

from gatepost.core.model.message import Message
from gatepost.core.ports import Refused

MOST_CHOICES: Final = 3
_TEXT_LIMIT: Final = 4096
_INTERACTIVE_LIMIT: Final = 1024
_LABEL_LIMIT: Final = 20
_MARKUP: Final = re.compile(r"([*_~`])")
_ADDRESS: Final = re.compile(r"(https?://\S+)")
_APART: Final = "\u2060\\1\u2060"

Body = dict[str, Any]


def new_message(chat: str, message: Message) -> Body:
    """Return the body that sends ``message`` to a number with ``+``, or to a BSUID; raise ``Refused`` if it cannot."""
    if not message.text.strip():
        raise Refused("a message needs a text")
    address = {"to": chat} if chat.startswith("+") else {"recipient": chat}
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", **address}
    text = _plain(message.text)
    interactive = _interactive(message)
    if interactive is None:
        return {**common, "type": "text", "text": {"preview_url": False, "body": _cut(text, _TEXT_LIMIT)}}
    body = {"text": _cut(text, _INTERACTIVE_LIMIT)}
    return {**common, "type": "interactive", "interactive": {**interactive, "body": body}}


def read_receipt(message_id: str) -> Body:
    """Return the body that marks a message as read."""
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}


def _interactive(message: Message) -> Body | None:
    if message.ask_contact is not None:
        return {"type": "request_contact_info", "action": {"name": "request_contact_info"}}
    if message.url_button is not None:
        parameters = {"display_text": _cut(message.url_button.label, _LABEL_LIMIT), "url": message.url_button.url}
        return {"type": "cta_url", "action": {"name": "cta_url", "parameters": parameters}}
    choices = [choice for row in message.choices for choice in row]
    if len(choices) > MOST_CHOICES:
        raise Refused("WhatsApp shows three buttons at most")
    buttons = [
        {"type": "reply", "reply": {"id": choice.data, "title": _cut(choice.label, _LABEL_LIMIT)}} for choice in choices
    ]
    return {"type": "button", "action": {"buttons": buttons}} if buttons else None


def _plain(text: str) -> str:
    """Return a text of which nothing is markup; addresses stay as they are, or they would lead nowhere."""
    pieces = _ADDRESS.split(text)
    return "".join(piece if at % 2 else _MARKUP.sub(_APART, piece) for at, piece in enumerate(pieces))


def _cut(text: str, limit: int) -> str:
    """Return the text, cut if it is too long; an address that does not fit is left out whole."""
    if len(text) <= limit:
        return text
    end = limit - 1
    for address in _ADDRESS.finditer(text):
        if address.start() < end < address.end():
            end = address.start()
    return f"{text[:end].rstrip()}…"
