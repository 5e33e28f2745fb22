"""What a WhatsApp update means to us. Groups and whatever we do not know are ``None``.

Source: Meta's webhooks reference, ``messages``. Since 2026 a sender always has a BSUID (``user_id``) and not always a
number; a sender from before may have the number alone.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from bots.whatsapp.errors import TOO_LATE, is_ours_to_mend
from core.model.ids import BotName
from core.model.messages.message import Heard, Pressed, Renumbered, Said, SharedContact
from core.model.messages.receipt import Receipt, Stage
from core.model.people.person import MessengerName, Sender


def name_of(message_id: str) -> str:
    """Return the name under which a message is remembered: 32 hex characters, the same for the same id."""
    return sha256(message_id.encode()).hexdigest()[:32]


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT_LIMIT: Final = 4096
_WORDS_LIMIT: Final = 200
_STAGES: Final = {
    "sent": Stage.SENT,
    "delivered": Stage.DELIVERED,
    "read": Stage.READ,
    "played": Stage.READ,
    "failed": Stage.FAILED,
}

Json = Mapping[str, Any]


def heard_in(bot: BotName, update: Json) -> Heard | None:
    """Return what was heard in ``update``, ``None`` if it is nothing to us; raise if it is not built as it should."""
    if "status" in update:
        return _in_status(bot, update["status"])
    message = update["message"]
    if message.get("type") == "system":
        return _in_system(bot, message)
    return None if message.get("group_id") is not None else _in_message(bot, message, update.get("contact") or {})


def _in_message(bot: BotName, message: Json, contact: Json) -> Heard | None:
    sender = _sender(bot, message, contact)
    context = message.get("context") or {}
    match message.get("type"):
        case "text" if _is_forwarded(context):
            return Said(sender, "", is_forwarded=True)
        case "text":
            return Said(sender, message["text"]["body"][:_TEXT_LIMIT])
        case "interactive":
            return _in_tap(sender, message, context)
        case "contacts":
            return _in_contacts(sender, message["contacts"], context)
        case _:
            return None


def _is_forwarded(context: Json) -> bool:
    return bool(context.get("forwarded") or context.get("frequently_forwarded"))


def _in_tap(sender: Sender, message: Json, context: Json) -> Heard | None:
    """Hear a tap; one that does not say under which message counts for none of them."""
    reply = message["interactive"].get("button_reply")
    if reply is None:
        return None
    return Pressed(sender, str(reply["id"]), message["id"], name_of(str(context["id"])) if context.get("id") else "")


def _in_contacts(sender: Sender, contacts: list[Json], context: Json) -> SharedContact:
    """Hear a contact; their own only if it answers our request for it and has the number WhatsApp itself names them by.

    People may fill in the card as they like: of who shows no number, it says only which one they claim.
    """
    phones = contacts[0].get("phones") or [] if len(contacts) == 1 else []
    number = str(phones[0].get("wa_id") or "") if len(phones) == 1 else ""
    is_answer = bool(number) and contacts[0].get("origin") == "contact_request" and not _is_forwarded(context)
    return SharedContact(
        sender,
        f"+{number}" if number else "",
        is_own=is_answer and sender.phone == number,
        is_claimed=is_answer and sender.phone is None,
    )


def _in_system(bot: BotName, message: Json) -> Heard | None:
    system = message["system"]
    if system.get("type") not in {"user_changed_number", "user_changed_user_id"}:
        return None
    number = system.get("wa_id")
    former = system.get("previous_user_id") or _address(message["from"])
    user_id = system.get("user_id") or _address(number)
    at = _EPOCH + timedelta(seconds=int(message["timestamp"]))
    sender = Sender(
        bot=bot,
        messenger=MessengerName.WHATSAPP,
        user_id=user_id,
        chat=_address(number) if number else user_id,
        first_name="",
        phone=number,
        at=at,
    )
    return Renumbered(sender, former, keeps_number=system["type"] == "user_changed_user_id")


def _in_status(bot: BotName, status: Json) -> Receipt | None:
    stage = _STAGES.get(status["status"])
    if stage is None:
        return None
    errors = status.get("errors") or [] if stage is Stage.FAILED else []
    error = errors[0] if errors else {}
    if error.get("code") == TOO_LATE:
        stage = Stage.TOO_LATE
    return Receipt(
        bot=bot,
        message_id=name_of(status["id"]),
        stage=stage,
        at=_EPOCH + timedelta(seconds=int(status["timestamp"])),
        why=f"{error.get('code')} {error.get('title') or ''}".strip()[:_WORDS_LIMIT] if error else "",
        is_ours_to_mend=bool(error) and is_ours_to_mend(error.get("code")),
    )


def _sender(bot: BotName, message: Json, contact: Json) -> Sender:
    """Return who it is. We answer to the number exactly as it came, or to the BSUID where there is none."""
    number, user_id = message.get("from"), message.get("from_user_id")
    profile = contact.get("profile") or {}
    address = str(user_id) if user_id and not number else _address(number)
    return Sender(
        bot=bot,
        messenger=MessengerName.WHATSAPP,
        user_id=str(user_id) if user_id else address,
        chat=address,
        first_name=profile.get("name") or "",
        username=profile.get("username"),
        phone=number,
        at=_EPOCH + timedelta(seconds=int(message["timestamp"])),
    )


def _address(number: object) -> str:
    """Return what we write to a number under: with a ``+``, or Meta puts our own country's code before it."""
    if not isinstance(number, str) or not number:
        raise ValueError("an update about nobody")
    return f"+{number}"
