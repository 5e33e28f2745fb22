"""The reply_markup of outgoing messages, checked the way Telegram checks it."""

from typing import Any, Final
from urllib.parse import urlsplit

from emulator.telegram.errors import ApiError, bad_request
from emulator.telegram.parameters import Parameters

Json = dict[str, Any]

CALLBACK_DATA_LIMIT: Final = 64
_KINDS: Final = ("inline_keyboard", "keyboard", "remove_keyboard", "force_reply")
_ACTIONS: Final = frozenset(
    (
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
        "disabled",
    )
)
_REQUESTS: Final = ("request_users", "request_chat", "request_contact", "request_location", "request_poll", "web_app")
_SCHEMES: Final = ("http", "https", "tg", "ton", "tonsite")
_WEB_SCHEMES = frozenset({"http", "https"})
_COPY_TEXT_LIMIT: Final = 256
_PLACEHOLDER_LIMIT: Final = 64


def read_markup(parameters: Parameters) -> Json | None:
    """Read the reply_markup of a new message; None when there is none."""
    markup = parameters.decoded("reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    kinds = [kind for kind in _KINDS if markup.get(kind)]
    if len(kinds) > 1:
        raise bad_request("reply markup must be exactly one of inline keyboard, keyboard, removal and forced reply")
    if not kinds:
        return None
    if kinds[0] == "inline_keyboard":
        return _inline(markup)
    if kinds[0] == "keyboard":
        return _reply(markup)
    return markup


def read_inline_markup(parameters: Parameters) -> Json | None:
    """Read the reply_markup of an edit, which can only be an inline keyboard."""
    markup = read_markup(parameters)
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return markup


def _rows(markup: Json, kind: str, what: str) -> list[list[Any]]:
    rows = markup[kind]
    if not isinstance(rows, list):
        raise bad_request(f'field "{kind}" of the {what} must be an Array of Arrays')
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(f'field "{kind}" of the {what} must be an Array of Arrays')
    return rows


def _inline(markup: Json) -> Json | None:
    rows = [row for row in _rows(markup, "inline_keyboard", "InlineKeyboardMarkup") if row]
    for row in rows:
        for button in row:
            _check_inline_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_inline_button(button: object) -> None:
    def refused(why: str) -> ApiError:
        return bad_request(f"can't parse inline keyboard button: {why}")

    if not isinstance(button, dict):
        raise refused("InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise refused('Field "text" must be of type String')
    actions = [name for name in button if name in _ACTIONS]
    if not actions:
        raise refused("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise refused("Exactly one of the optional fields must be used to specify type of the button")
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    _check_action(actions[0], button[actions[0]])


def _check_action(action: str, value: object) -> None:
    if action == "callback_data" and not (isinstance(value, str) and 1 <= len(value.encode()) <= CALLBACK_DATA_LIMIT):
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url":
        _check_url(value)
    if action == "copy_text":
        text = value.get("text") if isinstance(value, dict) else None
        if not isinstance(text, str) or not 1 <= len(text) <= _COPY_TEXT_LIMIT:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _check_url(url: object) -> None:
    wrong = bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    if not isinstance(url, str):
        raise wrong
    try:
        parts = urlsplit(url)
    except ValueError:
        raise wrong from None
    if parts.scheme not in _SCHEMES or not (parts.netloc or parts.path):
        raise wrong
    if parts.scheme in _WEB_SCHEMES and "." not in (parts.hostname or ""):
        raise wrong


def _reply(markup: Json) -> Json | None:
    rows = [row for row in _rows(markup, "keyboard", "ReplyKeyboardMarkup") if row]
    placeholder = markup.get("input_field_placeholder", "")
    if not isinstance(placeholder, str) or len(placeholder) > _PLACEHOLDER_LIMIT:
        raise bad_request("can't parse reply keyboard markup: input field placeholder is too long")
    checked = [[_reply_button(button) for button in row] for row in rows]
    return {**markup, "keyboard": checked} if checked else None


def _reply_button(button: object) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be an Object")
    if not isinstance(button.get("text"), str) or not button["text"]:
        raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
    if sum(bool(button.get(name)) for name in _REQUESTS) > 1:
        raise bad_request("can't parse keyboard button: Only one of the optional fields may be used")
    return button


def asks_for_contact(markup: Json | None) -> bool:
    """Tell whether a reply keyboard has a button that shares the person's contact."""
    if markup is None:
        return False
    return any(button.get("request_contact") for row in markup.get("keyboard", ()) for button in row)
