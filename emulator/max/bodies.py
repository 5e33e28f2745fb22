"""NewMessageBody: what an outgoing message says, checked before it is asked whom it is for."""

from dataclasses import dataclass
from typing import Final

from emulator.max.errors import ApiError, bad_payload
from emulator.max.formatting import read_formatted
from emulator.max.keyboards import is_web_address, read_buttons
from emulator.max.model import Bot, Message
from emulator.max.parameters import Json, optional_text

TEXT_LIMIT: Final = 4000
_FORMATS: Final = (None, "html", "markdown")
_RECIPIENTS: Final = ("user_id", "chat_id", "recipient")


@dataclass(frozen=True, slots=True)
class Content:
    """What a body says. `text` None leaves that of an edited message, `keeps_attachments` its keyboard and pictures.

    `images` are their addresses, `reply_to` is the mid of the message it answers.
    """

    text: str | None
    entities: list[Json]
    buttons: list[list[Json]] | None
    images: list[str]
    keeps_attachments: bool
    reply_to: str | None


def read_new(fields: Json) -> Content:
    """Read the body of a new message, in which something must be visible."""
    content = read_content(fields)
    if content.text is None and not content.images:
        raise bad_payload("Message text is empty")
    return content


def read_content(fields: Json) -> Content:
    """Read the body of a new message or of an edit, within the limits MAX sets."""
    if any(name in fields for name in _RECIPIENTS):
        raise bad_payload("Unknown recipient")
    if not isinstance(fields.get("notify", True), bool):
        raise bad_payload("notify: must be a boolean")
    text, entities = _read_text(fields)
    attachments = fields.get("attachments")
    if text is None and attachments is None:
        raise bad_payload("Message is empty")
    buttons, images = _read_attachments(attachments)
    return Content(text, entities, buttons, images, attachments is None, _read_link(fields.get("link")))


def _read_text(fields: Json) -> tuple[str | None, list[Json]]:
    text_format = optional_text(fields, "format")
    if text_format not in _FORMATS:
        raise bad_payload("format: must be markdown or html")
    text = optional_text(fields, "text")
    if text is None:
        return None, []
    if len(text) > TEXT_LIMIT:
        raise bad_payload(f"text: must have at most {TEXT_LIMIT} characters")
    plain, entities = read_formatted(text, text_format)
    if not plain:
        raise bad_payload("Message text is empty")
    return plain, entities


def _read_attachments(attachments: object) -> tuple[list[list[Json]] | None, list[str]]:
    """Read the keyboard, of which there is one at most, and the addresses of pictures."""
    if attachments is None:
        return None, []
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise bad_payload("attachments: must be an array of objects")
    keyboards = [each for each in attachments if each.get("type") == "inline_keyboard"]
    images = [_read_image(each) for each in attachments if each.get("type") != "inline_keyboard"]
    if len(keyboards) > 1:
        raise bad_payload("attachments: only one inline_keyboard is allowed")
    return read_buttons(keyboards[0]) if keyboards else None, images


def _read_image(attachment: Json) -> str:
    """Read a picture, which MAX fetches itself; whatever must be uploaded before is not emulated."""
    if attachment.get("type") != "image":
        raise bad_payload(f"attachments.type: {attachment.get('type')} is unknown, or not emulated")
    payload = attachment.get("payload")
    url = payload.get("url") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not isinstance(url, str) or len(payload) != 1:
        raise bad_payload("attachments.payload: must have a url alone; tokens of uploads are not emulated")
    if not is_web_address(url):
        raise bad_payload("attachments.payload.url: must be a valid URL")
    return url


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
