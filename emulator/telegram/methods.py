"""The Bot API's methods that answer at once: sending, editing, deleting, answering taps. The rest is in delivery.py."""

from collections.abc import Callable
from typing import Any, Final, Unpack

from emulator.telegram.commands import delete_my_commands, get_my_commands, set_my_commands
from emulator.telegram.entities import read_caption, read_text
from emulator.telegram.errors import (
    CHAT_NOT_FOUND,
    NO_TEXT,
    NOT_MODIFIED,
    QUERY_TOO_OLD,
    ApiError,
    bad_request,
    too_many_requests,
)
from emulator.telegram.keyboards import read_inline_markup, read_markup
from emulator.telegram.media import read_media
from emulator.telegram.model import Bot, Chat, Message, MessageContent, api_message, bot_user
from emulator.telegram.parameters import Parameters
from emulator.telegram.platform import Telegram
from emulator.telegram.updates import TAP_LIFETIME_SECONDS

Method = Callable[[Telegram, Bot, Parameters], object]

ANSWER_LIMIT: Final = 200
_QUIET_SECONDS: Final = 600.0
_ACTIONS: Final = frozenset(
    (
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    )
)


def get_me(_telegram: Telegram, bot: Bot, _parameters: Parameters) -> object:
    """Describe the bot itself."""
    return {
        **bot_user(bot),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def send_message(telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Send a text message."""
    chat = _writable_chat(telegram, bot, parameters)
    text, entities = read_text(parameters)
    return _sent(telegram, chat, parameters, text=text, entities=entities)


def _sender_of(kind: str) -> Method:
    def send_media(telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
        """Send what stands at an address, with a caption if there is one."""
        chat = _writable_chat(telegram, bot, parameters)
        media = read_media(parameters, kind)
        text, entities = read_caption(parameters)
        return _sent(telegram, chat, parameters, text=text, entities=entities, media=media)

    return send_media


def _sent(telegram: Telegram, chat: Chat, parameters: Parameters, **content: Unpack[MessageContent]) -> object:
    """Put a message into the chat, with the keyboard and the answered message that its parameters name."""
    markup = read_markup(parameters)
    reply_to = _replied(chat, parameters)
    telegram.limits.count(chat.bot, chat, telegram.clock.now())
    is_protected = parameters.flag("protect_content")
    content |= {"markup": markup, "reply_to": reply_to, "is_protected": is_protected}
    message = telegram.add_message(chat, None, **content)
    if markup is not None and "keyboard" in markup:
        chat.reply_keyboard = message
    elif markup is not None and "remove_keyboard" in markup:
        chat.reply_keyboard = None
    return api_message(chat, message)


def edit_message_text(telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Change text and buttons of one of the bot's messages; without a reply_markup the buttons go."""
    chat = _writable_chat(telegram, bot, parameters)
    text, entities = read_text(parameters)
    markup = read_inline_markup(parameters)
    message = _editable(chat, parameters)
    if message.media is not None:
        raise bad_request(NO_TEXT)
    if (message.text, message.entities, message.markup) == (text, entities, markup):
        raise bad_request(NOT_MODIFIED)
    telegram.limits.count(bot, chat, telegram.clock.now())
    message.text, message.entities = text, entities
    return _edited(telegram, chat, message, markup)


def edit_message_reply_markup(telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Change only the buttons of one of the bot's messages."""
    chat = _writable_chat(telegram, bot, parameters)
    markup = read_inline_markup(parameters)
    message = _editable(chat, parameters)
    if message.markup == markup:
        raise bad_request(NOT_MODIFIED)
    telegram.limits.count(bot, chat, telegram.clock.now())
    return _edited(telegram, chat, message, markup)


def _edited(telegram: Telegram, chat: Chat, message: Message, markup: dict[str, Any] | None) -> object:
    message.markup = markup
    message.edit_date = int(telegram.clock.now())
    chat.touch()
    return api_message(chat, message)


def delete_message(telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Delete a message from the chat, the bot's or the person's."""
    chat = _known_chat(telegram, bot, parameters)
    message = chat.messages.pop(_message_id(parameters), None)
    if message is None:
        raise bad_request("message to delete not found")
    if chat.reply_keyboard is message:
        chat.reply_keyboard = None
    chat.touch()
    return True


def answer_callback_query(telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Answer a tap, so that its button stops spinning."""
    tap = bot.taps.get(parameters.text("callback_query_id"))
    if tap is None or telegram.clock.now() - tap.at >= TAP_LIFETIME_SECONDS:
        raise bad_request(QUERY_TOO_OLD)
    text = parameters.text("text")
    if len(text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    tap.answer = {"text": text, "show_alert": parameters.flag("show_alert"), "url": parameters.text("url")}
    tap.answered.ring()
    return True


def send_chat_action(telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Show that the bot is busy."""
    chat = _writable_chat(telegram, bot, parameters)
    action = parameters.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.action = action
    chat.touch()
    return True


def log_out(telegram: Telegram, bot: Bot, _parameters: Parameters) -> object:
    """Log out of the cloud server, which then refuses the bot for ten minutes."""
    bot.logged_out_until = telegram.clock.now() + _QUIET_SECONDS
    return True


def close(telegram: Telegram, bot: Bot, _parameters: Parameters) -> object:
    """Close the bot, which is not allowed in its first ten minutes."""
    left = bot.launched_at + _QUIET_SECONDS - telegram.clock.now()
    if left > 0:
        raise too_many_requests(left)
    return True


def _known_chat(telegram: Telegram, bot: Bot, parameters: Parameters) -> Chat:
    """Find the chat a call names; the person must exist and must have written to the bot."""
    if not parameters.text("chat_id"):
        raise bad_request("chat_id is empty")
    person_id = parameters.integer("chat_id")
    chat = bot.chats.get(person_id)
    if chat is not None and chat.is_started:
        return chat
    if telegram.people.get(person_id) is None:
        raise bad_request(CHAT_NOT_FOUND)
    raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")


def _writable_chat(telegram: Telegram, bot: Bot, parameters: Parameters) -> Chat:
    chat = _known_chat(telegram, bot, parameters)
    if chat.is_blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    return chat


def _message_id(parameters: Parameters) -> int:
    message_id = parameters.integer("message_id")
    if message_id <= 0:
        raise bad_request("message identifier is not specified")
    return message_id


def _editable(chat: Chat, parameters: Parameters) -> Message:
    message = chat.messages.get(_message_id(parameters))
    if message is None:
        raise bad_request("message to edit not found")
    if message.sender is not None or message.has_reply_keyboard:
        raise bad_request("message can't be edited")
    return message


def _replied(chat: Chat, parameters: Parameters) -> Message | None:
    """Find the message a new one answers; None when it answers none or one that may be missing."""
    given = parameters.decoded("reply_parameters", "reply parameters") or {}
    if not isinstance(given, dict):
        raise bad_request("object expected as reply parameters")
    wanted = given.get("message_id") or parameters.integer("reply_to_message_id")
    if not wanted:
        return None
    found = chat.messages.get(int(wanted))
    if found is None and not given.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return found


METHODS: Final[dict[str, Method]] = {
    "getme": get_me,
    "sendmessage": send_message,
    "sendphoto": _sender_of("photo"),
    "sendvideo": _sender_of("video"),
    "senddocument": _sender_of("document"),
    "editmessagetext": edit_message_text,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
    "answercallbackquery": answer_callback_query,
    "sendchataction": send_chat_action,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "logout": log_out,
    "close": close,
}
