"""Our messages as the bodies of Meta's ``POST /{phone_number_id}/messages``. Media go by their address."""

from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import Any, Final

from bots.formatting import rich_of
from bots.whatsapp.formatting import line_starts, whatsapp_lines, whatsapp_text
from core.model.messages.message import Choice, Media, MediaKind, Message
from core.model.text.text import RichText, length_of
from core.ports.messengers import Refused

MOST_CHOICES: Final = 3
_TEXT_LIMIT: Final = 4096
_INTERACTIVE_LIMIT: Final = 1024
_LABEL_LIMIT: Final = 20
_KINDS: Final = {MediaKind.PHOTO: "image", MediaKind.VIDEO: "video", MediaKind.DOCUMENT: "document"}

Body = dict[str, Any]


def new_message(chat: str, message: Message) -> Body:
    """Return the body that sends ``message`` to a number with ``+``, or to a BSUID; raise ``Refused`` if it cannot."""
    if not message.text.strip() and (message.media is None or message.choices or message.url_button):
        raise Refused("a message needs a text")
    common = to_chat(chat)
    rich, interactive = rich_of(message), _interactive(message)
    if interactive is not None:
        header = {} if message.media is None else {"header": _media(message.media)}
        body = {"text": _fitting(rich, _INTERACTIVE_LIMIT)}
        return {**common, "type": "interactive", "interactive": {**interactive, **header, "body": body}}
    if message.media is None:
        return {**common, "type": "text", "text": {"preview_url": False, "body": _fitting(rich, _TEXT_LIMIT)}}
    media = _media(message.media)
    if message.text:
        media[media["type"]]["caption"] = _fitting(rich, _INTERACTIVE_LIMIT)
    return {**common, **media}


def to_chat(chat: str) -> Body:
    """Return what a body says of whom it goes to: a number with ``+``, or a BSUID."""
    address = {"to": chat} if chat.startswith("+") else {"recipient": chat}
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **address}


def read_receipt(message_id: str) -> Body:
    """Return the body that marks a message as read."""
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}


def _interactive(message: Message) -> Body | None:
    if message.ask_contact is not None:
        return {"type": "request_contact_info", "action": {"name": "request_contact_info"}}
    if message.url_button is not None:
        parameters = {"display_text": _cut(message.url_button.label, _LABEL_LIMIT), "url": message.url_button.url}
        return {"type": "cta_url", "action": {"name": "cta_url", "parameters": parameters}}
    choices = [choice for row in message.choices for choice in row if isinstance(choice, Choice)]
    if len(choices) > MOST_CHOICES:
        raise Refused("WhatsApp shows three buttons at most")
    buttons = [
        {"type": "reply", "reply": {"id": choice.data, "title": _cut(choice.label, _LABEL_LIMIT)}} for choice in choices
    ]
    return {"type": "button", "action": {"buttons": buttons}} if buttons else None


def _media(media: Media) -> Body:
    kind = _KINDS[media.kind]
    name = {"filename": media.name} if media.kind is MediaKind.DOCUMENT else {}
    return {"type": kind, kind: {"link": media.url, **name}}


def _fitting(rich: RichText, limit: int) -> str:
    """Return as much of the text as fits with its marks; what is cut off is seen to be."""
    lines = whatsapp_lines(rich)
    whole = "\n".join(lines)
    if length_of(whole) <= limit:
        return whole
    starts = line_starts(rich)
    lengths = [0, *accumulate(length_of(line) + 1 for line in lines)]
    last = min(bisect_right(lengths, limit - 1), len(lines)) - 1
    room, start = limit - lengths[last], starts[last]

    def cut(units: int) -> str:
        begun = rich.part(start, start + units)
        return whatsapp_text(replace(begun, text=f"{begun.text}…"))

    most = bisect_right(range(room), room, key=lambda units: length_of(cut(units))) - 1
    return "\n".join([*lines[:last], cut(most)])


def _cut(label: str, limit: int) -> str:
    return RichText(label).cut(limit).text
