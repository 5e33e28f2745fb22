"""The API's methods about messages: sending, editing, deleting, answering taps, and what the bot is.

A body is checked before its recipient is looked for. What is about updates is in delivery.py.
"""

from typing import Final

from emulator.max.bodies import Content, read_content, read_new, replied_message
from emulator.max.errors import ApiError, bad_payload, never_started, not_done, suspended
from emulator.max.model import Bot, Chat, Message, api_message, bot_user, person_id
from emulator.max.parameters import Json, Parameters, optional_text
from emulator.max.platform import Max

_MOST_COMMANDS: Final = 32
_COMMAND_LIMIT: Final = 64
_DESCRIPTION_LIMIT: Final = 128
_EDITABLE_SECONDS: Final = 7 * 24 * 3600.0
_ACTIONS: Final = {
    "typing_on": "typing",
    "sending_photo": "sending_photo",
    "sending_video": "sending_video",
    "sending_audio": "sending_audio",
    "sending_file": "sending_file",
    "mark_seen": "",
}


def get_me(platform: Max, bot: Bot, _parameters: Parameters) -> Json:
    """Describe the bot itself."""
    return {
        **bot_user(bot),
        "name": bot.first_name,
        "last_activity_time": platform.now_ms(),
        "description": None,
        "commands": bot.commands,
    }


def patch_commands(_platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Set the list of commands that the bot shows."""
    commands = parameters.fields().get("commands")
    if not isinstance(commands, list) or len(commands) > _MOST_COMMANDS:
        raise bad_payload(f"commands: must be an array of at most {_MOST_COMMANDS}")
    bot.commands = [_command(command) for command in commands]
    return {"commands": bot.commands}


def _command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad_payload("commands: must be objects")
    name, description = optional_text(command, "name") or "", optional_text(command, "description")
    if not 1 <= len(name) <= _COMMAND_LIMIT or len(description or "") > _DESCRIPTION_LIMIT:
        raise bad_payload(f"commands: name has 1 to {_COMMAND_LIMIT} characters, description {_DESCRIPTION_LIMIT}")
    return {"name": name} if description is None else {"name": name, "description": description}


def send_message(platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Send a message to the recipient that the query names."""
    content = read_new(parameters.fields())
    parameters.check_flag("disable_link_preview")
    chat = _recipient(platform, bot, parameters)
    reply_to = replied_message(bot, content)
    platform.limits.count_sending(chat, platform.clock.now())
    message = platform.add_message(
        chat,
        None,
        text=content.text or "",
        entities=content.entities,
        buttons=content.buttons,
        images=content.images,
        reply_to=reply_to,
    )
    return {"message": api_message(chat, message)}


def edit_message(platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Change one of the bot's messages; what the body does not name stays."""
    content = read_content(parameters.fields())
    found = bot.messages.get(parameters.text("message_id"))
    if found is None:
        return not_done("Message not found")
    chat, message = found
    _check_open(chat)
    now = platform.clock.now()
    platform.limits.count_sending(chat, now)
    if message.sender is not None:
        return not_done("Only own messages can be edited")
    if message.buttons is None and now - message.timestamp / 1000 > _EDITABLE_SECONDS:
        return not_done("Message is too old to be edited")
    _change(platform, chat, message, content)
    return {"success": True}


def _change(platform: Max, chat: Chat, message: Message, content: Content) -> None:
    reply_to = replied_message(chat.bot, content)
    if content.text is not None:
        message.text, message.entities = content.text, content.entities
    if not content.keeps_attachments:
        message.buttons, message.images = content.buttons, content.images
    message.reply_to = reply_to or message.reply_to
    message.edited_at = platform.now_ms()
    chat.touch()


def delete_message(platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Delete one of the bot's messages; those of the person stay."""
    found = bot.messages.get(parameters.text("message_id"))
    if found is None:
        return not_done("Message not found")
    chat, message = found
    _check_open(chat)
    platform.limits.count_sending(chat, platform.clock.now())
    if message.sender is not None:
        return not_done("Only own messages can be deleted")
    del bot.messages[message.id]
    del chat.messages[message.number]
    chat.touch()
    return {"success": True}


def get_message(_platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Show a message by its mid."""
    mid = parameters.path["mid"]
    found = bot.messages.get(mid)
    if found is None:
        raise ApiError(404, "not.found", f"Message {mid} not found")
    return api_message(*found)


def answer_callback(platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Answer a tap once: with a notification, or by changing the message that carries the button, or both."""
    fields = parameters.fields()
    notification = optional_text(fields, "notification")
    changed = fields.get("message")
    if changed is None and not (notification or "").strip():
        raise bad_payload("message or notification must be set")
    if changed is not None and not isinstance(changed, dict):
        raise bad_payload("message: must be an object")
    content = None if changed is None else read_content(changed)
    parameters.check_flag("disable_link_preview")
    tap = bot.taps.get(parameters.text("callback_id"))
    if tap is None or tap.answer is not None:
        return not_done("Callback not found, or answered already")
    _check_open(tap.chat)
    platform.limits.count_sending(tap.chat, platform.clock.now())
    if content is not None:
        if tap.message is None or tap.message.id not in bot.messages:
            return not_done("Message not found")
        _change(platform, tap.chat, tap.message, content)
    tap.answer = {"text": notification or "", "show_alert": False}
    tap.answered.ring()
    return {"success": True}


def post_action(platform: Max, bot: Bot, parameters: Parameters) -> Json:
    """Show that the bot is busy, until its next message."""
    action = parameters.fields().get("action")
    if not isinstance(action, str) or action not in _ACTIONS:
        raise bad_payload(f"action: unknown action {action}")
    chat = _by_chat_id(bot, parameters.integer("chatId") or 0)
    platform.limits.count_sending(chat, platform.clock.now())
    if _ACTIONS[action]:
        chat.action = _ACTIONS[action]
        chat.touch()
    return {"success": True}


def _recipient(platform: Max, bot: Bot, parameters: Parameters) -> Chat:
    """Find the dialog that the query names by the user's id or by its own."""
    of_user, chat_id = parameters.integer("user_id"), parameters.integer("chat_id")
    if chat_id is not None and of_user is None:
        return _by_chat_id(bot, chat_id)
    if of_user is None or chat_id is not None:
        raise bad_payload("Unknown recipient")
    person = platform.people.get(person_id(of_user))
    chat = None if person is None else bot.chats.get(person.id)
    if chat is None or not chat.is_started:
        raise never_started()
    _check_open(chat)
    return chat


def _by_chat_id(bot: Bot, chat_id: int) -> Chat:
    if chat_id == 0:
        raise ApiError(403, "chat.denied", "Invalid chatId: 0")
    for chat in bot.chats.values():
        if chat.chat_id == chat_id and chat.is_started:
            _check_open(chat)
            return chat
    raise ApiError(404, "chat.not.found", f"Chat {chat_id} not found")


def _check_open(chat: Chat) -> None:
    if chat.is_blocked:
        raise suspended()
