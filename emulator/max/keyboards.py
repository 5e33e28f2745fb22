"""The inline keyboards of outgoing messages, checked the way MAX checks them."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from emulator.max.errors import bad_payload

Json = dict[str, Any]

MOST_ROWS: Final = 30
MOST_IN_ROW: Final = 7
MOST_IN_WIDE_ROW: Final = 3
MOST_BUTTONS: Final = 210
TEXT_LIMIT: Final = 128
PAYLOAD_LIMIT: Final = 1024
_URL_LIMIT: Final = 2048
_APP_PAYLOAD: Final = re.compile(r"[\w-]{0,512}")
_WIDE: Final = frozenset(("link", "open_app", "request_contact", "request_geo_location"))
_TYPES: Final = _WIDE | {"callback", "message", "clipboard"}


def read_buttons(attachment: Json) -> list[list[Json]]:
    """Read the rows of an inline_keyboard attachment."""
    payload = attachment.get("payload")
    rows = payload.get("buttons") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_payload("attachments.payload.buttons: must be an array of arrays")
    if not rows or not all(rows):
        raise bad_payload("attachments.payload.buttons: must not be empty")
    if len(rows) > MOST_ROWS or sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_payload("errors.maxRows")
    for row in rows:
        for button in row:
            _check_button(button)
        is_wide = any(button["type"] in _WIDE for button in row)
        if len(row) > (MOST_IN_WIDE_ROW if is_wide else MOST_IN_ROW):
            raise bad_payload("errors.maxRowSize")
    return rows


def _check_button(button: object) -> None:
    if not isinstance(button, dict):
        raise bad_payload("button: must be an object")
    kind = button.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise bad_payload(f"button.type: unknown type {kind}")
    text = button.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= TEXT_LIMIT or not text.strip():
        raise bad_payload(f"button.text: must have 1 to {TEXT_LIMIT} characters")
    match kind:
        case "callback" | "clipboard":
            _check_payload(button.get("payload"))
        case "link":
            _check_url(button.get("url"))
        case "open_app":
            _check_app(button)
        case "request_geo_location":
            if not isinstance(button.get("quick", False), bool):
                raise bad_payload("button.quick: must be a boolean")


def _check_payload(payload: object) -> None:
    if not isinstance(payload, str) or not 1 <= len(payload) <= PAYLOAD_LIMIT:
        raise bad_payload(f"button.payload: must have 1 to {PAYLOAD_LIMIT} characters")


def _check_url(url: object) -> None:
    if not isinstance(url, str) or len(url) > _URL_LIMIT or not is_web_address(url, "max"):
        raise bad_payload("button.url: must be a valid URL")


def is_web_address(url: str, *more_schemes: str) -> bool:
    """Tell whether a text is the whole address of something on the web, or one of these schemes."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https", *more_schemes) and bool(parts.netloc)


def _check_app(button: Json) -> None:
    app, payload = button.get("web_app"), button.get("payload")
    if not isinstance(app, str) or not app or "/" in app:
        raise bad_payload("button.web_app: must be the username of a bot")
    if payload is not None and not (isinstance(payload, str) and _APP_PAYLOAD.fullmatch(payload)):
        raise bad_payload("button.payload: must match ^[\\w-]*$ and have at most 512 characters")


def asks_for_contact(rows: list[list[Json]] | None) -> bool:
    """Tell whether there is a button that shares the person's contact."""
    return any(button["type"] == "request_contact" for row in rows or () for button in row)
