"""What a Telegram update means to us. Only private chats count; whatever we do not know is ``None``.

Source: the Bot API's ``Update`` and its parts.
"""

import re
from typing import Final

from telegram import CallbackQuery, ChatMemberUpdated, Update, User
from telegram import Message as TelegramMessage
from telegram.constants import ChatMemberStatus, ChatType

from gatepost.core.model.ids import BotName
from gatepost.core.model.message import Blocked, Heard, Pressed, Said, SharedContact, Started, Unblocked
from gatepost.core.model.person import MessengerName, Sender

_START: Final = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
_TEXT_LIMIT: Final = 4096


def heard_in(bot: BotName, update: Update) -> Heard | None:
    """Return what was heard in ``update``, ``None`` if it is nothing to us."""
    if update.message is not None:
        return _in_message(bot, update.message)
    if update.callback_query is not None:
        return _in_tap(bot, update.callback_query)
    if update.my_chat_member is not None:
        return _in_membership(bot, update.my_chat_member)
    return None


def _in_message(bot: BotName, message: TelegramMessage) -> Heard | None:
    if message.chat.type != ChatType.PRIVATE or message.from_user is None or message.from_user.is_bot:
        return None
    sender = _sender(bot, message.from_user)
    if message.contact is not None:
        vouched = message.contact.user_id == message.from_user.id
        first_hand = message.forward_origin is None and message.via_bot is None
        return SharedContact(sender, message.contact.phone_number, is_own=vouched and first_hand)
    text = message.text or ""
    start = _START.fullmatch(text)
    return Started(sender, start[1]) if start else Said(sender, text[:_TEXT_LIMIT])


def _in_tap(bot: BotName, tap: CallbackQuery) -> Heard | None:
    """Hear a tap; the message may be too old for Telegram to show it (its date is 0), its id is there all the same."""
    if tap.message is not None and tap.message.chat.type != ChatType.PRIVATE:
        return None
    message_id = str(tap.message.message_id) if tap.message is not None else None
    return Pressed(_sender(bot, tap.from_user), tap.data or "", tap.id, message_id)


def _in_membership(bot: BotName, change: ChatMemberUpdated) -> Heard | None:
    if change.chat.type != ChatType.PRIVATE:
        return None
    sender = _sender(bot, change.from_user)
    match change.new_chat_member.status:
        case ChatMemberStatus.BANNED:
            return Blocked(sender)
        case ChatMemberStatus.MEMBER:
            return Unblocked(sender)
        case _:
            return None


def _sender(bot: BotName, user: User) -> Sender:
    """Return who it is; in a private chat the chat's id is the user's."""
    return Sender(
        bot=bot,
        messenger=MessengerName.TELEGRAM,
        user_id=str(user.id),
        chat=str(user.id),
        first_name=user.first_name,
        last_name=user.last_name,
        username=user.username,
        language=user.language_code,
    )
