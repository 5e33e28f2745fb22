"""What a business may write: texts, and interactive messages: buttons, a link, a list, a request for the contact."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from emulator.whatsapp.errors import bad_value, invalid
from emulator.whatsapp.media import KINDS, is_web_address, read_media
from emulator.whatsapp.model import ReplyKind, Rows
from emulator.whatsapp.parts import items, must_be, part, refuse_others, words

Json = dict[str, Any]

TEXT_LIMIT: Final = 4096
BODY_LIMIT: Final = 1024
EDGE_LIMIT: Final = 60
TITLE_LIMIT: Final = 20
REPLY_ID_LIMIT: Final = 256
MOST_BUTTONS: Final = 3
MOST_ROWS: Final = 10
ROW_TITLE_LIMIT: Final = 24
ROW_ID_LIMIT: Final = 200
ROW_DESCRIPTION_LIMIT: Final = 72
SHARE_CONTACT: Final = "Share contact info"

_EDGE_SPACE: Final = re.compile(r"\A\s|\s\Z")


@dataclass(frozen=True, slots=True)
class Content:
    """What a person gets to see: media, words and buttons, and what a tap on one of those sends."""

    text: str
    keyboard: Rows | None = None
    reply_kind: ReplyKind = "button_reply"
    category: str = field(default="service")
    media: Json | None = None


def read_text(body: Json) -> Content:
    """Read a message of the type text."""
    text = part(body, "text")
    refuse_others(text, ("body", "preview_url"), "text")
    written = text.get("body")
    if isinstance(written, str) and len(written) > TEXT_LIMIT:
        raise invalid(f"Param text['body'] must be at most {TEXT_LIMIT} characters long.")
    if not isinstance(text.get("preview_url", False), bool):
        raise invalid("Param text['preview_url'] must be a boolean.")
    return Content(words(text, "body", "text", TEXT_LIMIT))


def read_media_message(body: Json) -> Content:
    """Read a message of the types image, video and document."""
    media, caption = read_media(body, body["type"], "", has_caption=True)
    return Content(caption, media=media)


def read_interactive(body: Json) -> Content:
    """Read a message of the type interactive."""
    interactive = part(body, "interactive")
    refuse_others(interactive, ("type", "header", "body", "footer", "action"), "interactive")
    match interactive.get("type"):
        case "button":
            keyboard, limit = _buttons(part(interactive, "action", "interactive")), BODY_LIMIT
        case "cta_url":
            keyboard, limit = _link(part(interactive, "action", "interactive")), BODY_LIMIT
        case "list":
            keyboard, limit = _list(part(interactive, "action", "interactive")), TEXT_LIMIT
        case "request_contact_info":
            keyboard, limit = _contact_request(part(interactive, "action", "interactive")), BODY_LIMIT
        case other:
            raise invalid(
                "Param interactive['type'] must be one of {BUTTON, CTA_URL, LIST, REQUEST_CONTACT_INFO} "
                f'- got "{other}".'
            )
    media = _header_media(interactive)
    return Content(_read_words(interactive, limit), keyboard, _reply_kind(interactive["type"]), media=media)


def _reply_kind(interactive_type: str) -> ReplyKind:
    return "list_reply" if interactive_type == "list" else "button_reply"


def _read_words(interactive: Json, body_limit: int) -> str:
    """Join header, body and footer as the eye does."""
    header = _header(interactive) if "header" in interactive else ""
    text = words(part(interactive, "body", "interactive"), "text", "interactive['body']", body_limit)
    footer = ""
    if "footer" in interactive:
        footer = words(part(interactive, "footer", "interactive"), "text", "interactive['footer']", EDGE_LIMIT)
    return "\n\n".join(each for each in (header, text, footer) if each)


def _header(interactive: Json) -> str:
    header = part(interactive, "header", "interactive")
    kind = header.get("type")
    if kind == "text":
        return words(header, "text", "interactive['header']", EDGE_LIMIT)
    if kind in KINDS and interactive.get("type") != "list":
        return ""
    raise invalid(f"Param interactive['header']['type'] cannot be \"{kind}\" here.")


def _header_media(interactive: Json) -> Json | None:
    header = interactive.get("header")
    if not isinstance(header, dict) or header.get("type") not in KINDS:
        return None
    return read_media(header, header["type"], "interactive['header']", has_caption=False)[0]


def _buttons(action: Json) -> Rows:
    where = "interactive['action']"
    refuse_others(action, ("buttons",), where)
    buttons = items(action, "buttons", where)
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        raise bad_value(f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {MOST_BUTTONS}")
    rows = [[_reply_button(button, f"{where}['buttons'][{place}]")] for place, button in enumerate(buttons)]
    _must_differ([row[0]["text"] for row in rows], "button title")
    _must_differ([row[0]["callback_data"] for row in rows], "button reply id")
    return rows


def _reply_button(button: Json, where: str) -> Json:
    refuse_others(button, ("type", "reply"), where)
    must_be(button, "type", where, "reply")
    reply = part(button, "reply", where)
    refuse_others(reply, ("id", "title"), f"{where}['reply']")
    title = words(reply, "title", f"{where}['reply']", TITLE_LIMIT)
    return {"text": title, "callback_data": _reply_id(reply, f"{where}['reply']", REPLY_ID_LIMIT)}


def _reply_id(reply: Json, where: str, limit: int) -> str:
    data = words(reply, "id", where, limit)
    if _EDGE_SPACE.search(data):
        raise bad_value(f"{where}['id'] cannot have leading or trailing spaces")
    return data


def _must_differ(values: list[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise bad_value(f"Duplicated {what}")


def _link(action: Json) -> Rows:
    where = "interactive['action']"
    must_be(action, "name", where, "cta_url")
    parameters = part(action, "parameters", where)
    refuse_others(parameters, ("display_text", "url"), f"{where}['parameters']")
    title = words(parameters, "display_text", f"{where}['parameters']", TITLE_LIMIT)
    url = words(parameters, "url", f"{where}['parameters']", TEXT_LIMIT)
    if not is_web_address(url):
        raise bad_value(f"{where}['parameters']['url'] is not a valid URI")
    return [[{"text": title, "url": url}]]


def _list(action: Json) -> Rows:
    where = "interactive['action']"
    words(action, "button", where, TITLE_LIMIT)
    sections = items(action, "sections", where)
    rows: Rows = []
    for place, section in enumerate(sections):
        inside = f"{where}['sections'][{place}]"
        if len(sections) > 1 or "title" in section:
            words(section, "title", inside, ROW_TITLE_LIMIT)
        rows += [[_list_row(row, f"{inside}['rows']")] for row in items(section, "rows", inside)]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise bad_value(f"Total row count exceed max allowed count: {MOST_ROWS}")
    _must_differ([row[0]["callback_data"] for row in rows], "row id")
    return rows


def _list_row(row: Json, where: str) -> Json:
    refuse_others(row, ("id", "title", "description"), where)
    shown: Json = {
        "text": words(row, "title", where, ROW_TITLE_LIMIT),
        "callback_data": _reply_id(row, where, ROW_ID_LIMIT),
    }
    if "description" in row:
        shown["description"] = words(row, "description", where, ROW_DESCRIPTION_LIMIT)
    return shown


def _contact_request(action: Json) -> Rows:
    where = "interactive['action']"
    refuse_others(action, ("name",), where)
    must_be(action, "name", where, "request_contact_info")
    return [[{"text": SHARE_CONTACT, "request_contact": True}]]
