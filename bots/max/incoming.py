"""What a MAX update means to us. Only dialogs count; whatever we do not know is ``None``.

Source: dev.max.ru, ``Update`` and its parts. Unknown kinds, fields and attachments will come, and are passed over.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from bots.max.contact import own_phone
from core.model.ids import BotName
from core.model.messages.message import Blocked, Heard, Pressed, Said, SharedContact, Started
from core.model.people.person import MessengerName, Sender

Json = Mapping[str, Any]

_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_START: Final = re.compile(r"/start(?:[ _]?([A-Za-z0-9_-]{1,128}))?\s*")
_TEXT_LIMIT: Final = 4096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def key_of(update: object, raw: bytes) -> str:
    """Return what is the same when an update is told twice: MAX gives updates no ids.

    ``raw`` stands in where an update is built otherwise than we know: none may fail here, else it comes for ever.
    """
    callback, message, user = _part(update, "callback"), _part(update, "message"), _part(update, "user")
    known = callback.get("callback_id") or _part(message, "body").get("mid") or user.get("user_id")
    if not isinstance(update, Mapping) or known is None:
        return sha256(raw).hexdigest()
    fields = [update.get(name) for name in ("update_type", "timestamp", "chat_id", "payload")]
    try:
        return sha256(json.dumps([*fields, callback.get("payload"), known]).encode()).hexdigest()
    except RecursionError:
        return sha256(raw).hexdigest()


def _part(whole: object, name: str) -> Json:
    part = whole.get(name) if isinstance(whole, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def heard_in(bot: BotName, token: str, update: Json) -> Heard | None:
    """Return what was heard in ``update``, ``None`` if it is nothing to us; raise if it is not built as it should."""
    match update.get("update_type"):
        case "bot_started":
            payload = update.get("payload") or ""
            return Started(_sender(bot, update["user"], update), payload if _PAYLOAD.fullmatch(payload) else None)
        case "message_created":
            return _in_message(bot, token, update)
        case "message_callback":
            return _in_tap(bot, update)
        case "bot_stopped" | "dialog_removed":
            return Blocked(_sender(bot, update["user"], update))
        case _:
            return None


def _in_message(bot: BotName, token: str, update: Json) -> Heard | None:
    message = update["message"]
    if message["recipient"]["chat_type"] != "dialog" or message["sender"].get("is_bot"):
        return None
    sender = _sender(bot, message["sender"], update)
    body = message.get("body") or {}
    if any(attachment.get("type") == "contact" for attachment in body.get("attachments") or []):
        phone = own_phone(message, token)
        return SharedContact(sender, phone or "", is_own=phone is not None)
    link = message.get("link") or {}
    if link.get("type") == "forward":
        return Said(sender, "", is_forwarded=True)
    text = (body.get("text") or "")[:_TEXT_LIMIT]
    start = _START.fullmatch(text)
    return Started(sender, start[1]) if start else Said(sender, text)


def _in_tap(bot: BotName, update: Json) -> Heard | None:
    """Hear a tap; the message that carried the button may be missing, and its chat's id with it."""
    callback, message = update["callback"], update.get("message")
    if message is not None and message["recipient"]["chat_type"] != "dialog":
        return None
    sender = _sender(bot, callback["user"], update)
    message_id = _part(message, "body").get("mid")
    return Pressed(replace(sender, at=None), callback.get("payload") or "", callback["callback_id"], message_id)


def _sender(bot: BotName, user: Json, update: Json) -> Sender:
    """Return who it is. We write to people by their user id: a dialog's own id is missing in some updates."""
    try:
        user_id = str(int(user["user_id"]))
        at = _EPOCH + timedelta(milliseconds=update["timestamp"]) if "timestamp" in update else None
    except OverflowError:
        raise ValueError("a number out of all bounds") from None
    return Sender(
        bot=bot,
        messenger=MessengerName.MAX,
        user_id=user_id,
        chat=user_id,
        first_name=user.get("first_name") or "",
        last_name=user.get("last_name"),
        username=user.get("username"),
        language=update.get("user_locale"),
        at=at,
    )
