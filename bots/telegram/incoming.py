"""What a Telegram update means to us. Only private chats count; whatever we do not know is ``None``.

Source: the Bot API's ``Update`` and its parts. Of an update we read a handful of fields; PTB's ``User`` checks the part
that names people, while its ``Message`` would build two hundred fields to show us four (a tenth of a login's CPU).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from telegram import User
from telegram.constants import ChatMemberStatus, ChatType

from core.model.ids import BotName
from core.model.messages.message import Blocked, Heard, Pressed, Said, SharedContact, Started, Unblocked
from core.model.people.person import MessengerName, Sender

_START: Final = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
_TEXT_LIMIT: Final = 4096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Json = Mapping[str, Any]


def heard_in(bot: BotName, update: Json) -> Heard | None:
    """Return what was heard in ``update``, ``None`` if it is nothing to us; raise if it is not built as it should."""
    if "message" in update:
        return _in_message(bot, update["message"])
    if "callback_query" in update:
        return _in_tap(bot, update["callback_query"])
    if "my_chat_member" in update:
        return _in_membership(bot, update["my_chat_member"])
    return None


def _in_message(bot: BotName, message: Json) -> Heard | None:
    if message["chat"]["type"] != ChatType.PRIVATE or "from" not in message:
        return None
    person = User.de_json(message["from"])
    if person.is_bot:
        return None
    sender = _sender(bot, person, message["date"])
    if "contact" in message:
        contact = message["contact"]
        first_hand = "forward_origin" not in message and "via_bot" not in message
        return SharedContact(sender, contact["phone_number"], is_own=contact.get("user_id") == person.id and first_hand)
    if "forward_origin" in message:
        return Said(sender, "", is_forwarded=True)
    text = message.get("text", "")
    start = _START.fullmatch(text)
    return Started(sender, start[1]) if start else Said(sender, text[:_TEXT_LIMIT])


def _in_tap(bot: BotName, tap: Json) -> Heard | None:
    """Hear a tap; the message may be too old for Telegram to show it (its date is 0), its id is there all the same."""
    message = tap.get("message")
    if message is not None and message["chat"]["type"] != ChatType.PRIVATE:
        return None
    message_id = str(message["message_id"]) if message is not None else None
    return Pressed(_sender(bot, User.de_json(tap["from"])), tap.get("data", ""), tap["id"], message_id)


def _in_membership(bot: BotName, change: Json) -> Heard | None:
    if change["chat"]["type"] != ChatType.PRIVATE:
        return None
    sender = _sender(bot, User.de_json(change["from"]), change["date"])
    match change["new_chat_member"]["status"]:
        case ChatMemberStatus.BANNED:
            return Blocked(sender)
        case ChatMemberStatus.MEMBER:
            return Unblocked(sender)
        case _:
            return None


def _sender(bot: BotName, user: User, date: int | None = None) -> Sender:
    """Return who it is; in a private chat the chat's id is the user's. ``date`` is in seconds since 1970."""
    return Sender(
        bot=bot,
        messenger=MessengerName.TELEGRAM,
        user_id=str(user.id),
        chat=str(user.id),
        first_name=user.first_name,
        last_name=user.last_name,
        username=user.username,
        language=user.language_code,
        at=None if date is None else _EPOCH + timedelta(seconds=date),
    )
