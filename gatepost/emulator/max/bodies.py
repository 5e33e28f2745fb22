"""NewMessageBody: what an outgoing message says, checked before anybody asks whom it is for."""

from dataclasses import dataclass
from typing import Final

from gatepost.emulator.max.errors import ApiError, bad_payload
from gatepost.emulator.max.formatting import plain_text
from gatepost.emulator.max.keyboards import read_buttons
from gatepost.emulator.max.model import Bot, Message
from gatepost.emulator.max.parameters import Json, optional_text

TEXT_LIMIT: Final = 4000
_FORMATS: Final = (None, "html", "markdown")
_RECIPIENTS: Final = ("user_id", "chat_id", "recipient")


@dataclass(frozen=True, slots=True)
class Content:
    """What a body says. `text` None leaves that of an edited message, `keeps_buttons` its keyboard.

    `reply_to` is the mid of the message it answers.
    """

    text: str | None
    buttons: list[list[Json]] | None
    keeps_buttons: bool
    reply_to: str | None


def read_new(fields: Json) -> Content:
    """Read the body of a new message, in which something must be visible."""
    content = read_content(fields)
    if content.text is None:
        raise bad_payload("Message text is empty")
    return content


def read_content(fields: Json) -> Content:
    """Read the body of a new message or of an edit, within the limits MAX sets."""
    if any(name in fields for name in _RECIPIENTS):
        raise bad_payload("Unknown recipient")
    if not isinstance(fields.get("notify", True), bool):
        raise bad_payload("notify: must be a boolean")
    text = _read_text(fields)
    attachments = fields.get("attachments")
    buttons = _read_attachments(attachments)
    if text is None and attachments is None:
        raise bad_payload("Message is empty")
    return Content(text, buttons, attachments is None, _read_link(fields.get("link")))


def _read_text(fields: Json) -> str | None:
    text_format = optional_text(fields, "format")
    if text_format not in _FORMATS:
        raise bad_payload("format: must be markdown or html")
    text = optional_text(fields, "text")
    if text is None:
        return None
    if len(text) > TEXT_LIMIT:
        raise bad_payload(f"text: must have at most {TEXT_LIMIT} characters")
    plain = plain_text(text, text_format).strip()
    if not plain:
        raise bad_payload("Message text is empty")
    return plain


def _read_attachments(attachments: object) -> list[list[Json]] | None:
    if attachments is None:
        return None
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise bad_payload("attachments: must be an array of objects")
    for each in attachments:
        if each.get("type") != "inline_keyboard":
            raise bad_payload(f"attachments.type: {each.get('type')} is unknown, or not emulated")
    if len(attachments) > 1:
        raise bad_payload("attachments: only one inline_keyboard is allowed")
    return read_buttons(attachments[0]) if attachments else None


def _read_link(link: object) -> str | None:
    if link is None:
        return None
    if not isinstance(link, dict) or link.get("type") != "reply" or not isinstance(link.get("mid"), str):
        raise bad_payload("link: must have the type reply and a mid; forwarding is not emulated")
    mid: str = link["mid"]
    return mid


def replied_message(bot: Bot, content: Content) -> Message | None:
    """Find the message a body answers; None when it answers none."""
    if content.reply_to is None:
        return None
    found = bot.messages.get(content.reply_to)
    if found is None:
        raise ApiError(404, "not.found", f"Message {content.reply_to} not found")
    return found[1]
