"""What a business does with `messages`: send, react, mark what it received as read and show that it types."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from emulator.whatsapp import payloads
from emulator.whatsapp.content import Content, read_interactive, read_media_message, read_text
from emulator.whatsapp.errors import (
    BUSINESS_BLOCKED,
    NEEDS_PHONE,
    OUTSIDE_WINDOW,
    UNDELIVERABLE,
    GraphError,
    bad_value,
    invalid,
)
from emulator.whatsapp.model import Chat, Message, Number
from emulator.whatsapp.parts import must_be, part, refuse_others, words
from emulator.whatsapp.platform import PHONE_MEMORY_SECONDS, WhatsApp
from emulator.whatsapp.recipients import Recipient, find_recipient
from emulator.whatsapp.templates import fill_in, find_template

Json = dict[str, Any]

TYPING_SECONDS: Final = 25.0
FREE_SERVICE_MESSAGES: Final = 1000

_READABLE_SECONDS: Final = 30 * 24 * 3600.0
_OPAQUE_LIMIT: Final = 512
_WAMID_LIMIT: Final = 512
_EMOJI_LIMIT: Final = 64
_COMMON: Final = (
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "messaging_account_id",
)


@dataclass(frozen=True, slots=True)
class _Sent:
    message: Message
    content: Content


def messages(whatsapp: WhatsApp, number: Number, body: Json) -> Json:
    """Do what a POST to `messages` asks."""
    if body.get("messaging_product") is None:
        raise invalid("The parameter messaging_product is required.")
    if body["messaging_product"] != "whatsapp":
        raise invalid(f'Param messaging_product must be one of {{WHATSAPP}} - got "{body["messaging_product"]}".')
    if "status" in body:
        return _mark_read(whatsapp, number, body)
    return _send(whatsapp, number, body)


def _mark_read(whatsapp: WhatsApp, number: Number, body: Json) -> Json:
    """Mark a message and those before it as read, and perhaps show that an answer is being typed."""
    refuse_others(body, ("messaging_product", "status", "message_id", "typing_indicator"), "body")
    must_be(body, "status", "", "read")
    chat, message = number.received.get(words(body, "message_id", "", _WAMID_LIMIT), (None, None))
    now = whatsapp.clock.now()
    if chat is None or message is None or now - message.at > _READABLE_SECONDS:
        raise bad_value("Message ID is not one of a message received in the last 30 days.")
    if "typing_indicator" in body:
        must_be(part(body, "typing_indicator"), "type", "typing_indicator", "text")
        chat.typing_until = now + TYPING_SECONDS
    for each in chat.messages.values():
        if each.sender is None or each.number > message.number or each.is_read:
            continue
        each.status = "read"
        tap = number.taps.get(each.id)
        if tap is not None:
            tap.answer = {"read": True}
            tap.answered.ring()
    chat.touch()
    return {"success": True}


def _send(whatsapp: WhatsApp, number: Number, body: Json) -> Json:
    kind = body.get("type", "text")
    if kind not in _KINDS:
        raise invalid(f'Param type must be one of {{{", ".join(sorted(_KINDS)).upper()}}} - got "{kind}".')
    refuse_others(body, (*_COMMON, kind), "body")
    if body.get("recipient_type", "individual") != "individual":
        raise invalid("Param recipient_type must be one of {INDIVIDUAL}.")
    if "messaging_account_id" in body:
        must_be(body, "messaging_account_id", "", number.account_id)
    recipient = find_recipient(whatsapp, number, body)
    sent = _KINDS[kind](whatsapp, recipient, body)
    _settle(whatsapp, recipient, sent)
    answer = {
        "messaging_product": "whatsapp",
        "contacts": [recipient.described()],
        "messages": [{"id": sent.message.id}],
    }
    if kind == "template":
        answer["messages"] = [{"id": sent.message.id, "message_status": "accepted"}]
    return answer


def _send_content(whatsapp: WhatsApp, recipient: Recipient, body: Json, content: Content) -> _Sent:
    chat = recipient.chat
    _must_be_allowed(whatsapp, chat, is_free=content.reply_kind != "template")
    message = whatsapp.new_message(
        chat,
        None,
        text=content.text,
        media=content.media,
        inline_keyboard=content.keyboard,
        reply_kind=content.reply_kind,
        reply_to=_quoted(chat, body),
        is_to_phone=recipient.is_phone,
        opaque=_opaque(body),
    )
    return _Sent(message, content)


def _send_text(whatsapp: WhatsApp, recipient: Recipient, body: Json) -> _Sent:
    return _send_content(whatsapp, recipient, body, read_text(body))


def _send_interactive(whatsapp: WhatsApp, recipient: Recipient, body: Json) -> _Sent:
    return _send_content(whatsapp, recipient, body, read_interactive(body))


def _send_media(whatsapp: WhatsApp, recipient: Recipient, body: Json) -> _Sent:
    return _send_content(whatsapp, recipient, body, read_media_message(body))


def _send_template(whatsapp: WhatsApp, recipient: Recipient, body: Json) -> _Sent:
    template = find_template(recipient.chat.number, body)
    if template.category == "authentication" and not recipient.is_phone:
        raise GraphError(NEEDS_PHONE, "Authentication templates cannot be sent to a business-scoped user ID.")
    return _send_content(whatsapp, recipient, body, fill_in(template, body))


def _react(whatsapp: WhatsApp, recipient: Recipient, body: Json) -> _Sent:
    """React to a message of the chat; an empty emoji takes the reaction back."""
    reaction = part(body, "reaction")
    refuse_others(reaction, ("message_id", "emoji"), "reaction")
    target = recipient.chat.find(words(reaction, "message_id", "reaction", _WAMID_LIMIT))
    emoji = reaction.get("emoji")
    if target is None:
        raise bad_value("Message ID is not one of this chat.")
    if not isinstance(emoji, str) or len(emoji) > _EMOJI_LIMIT:
        raise invalid("Param reaction['emoji'] must be a string with an emoji.")
    _must_be_allowed(whatsapp, recipient.chat, is_free=True)
    target.reaction = emoji
    message = whatsapp.new_message(recipient.chat, None, is_to_phone=recipient.is_phone, opaque=_opaque(body))
    return _Sent(message, Content(""))


_KINDS: Final[dict[str, Callable[[WhatsApp, Recipient, Json], _Sent]]] = {
    "text": _send_text,
    "image": _send_media,
    "video": _send_media,
    "document": _send_media,
    "interactive": _send_interactive,
    "template": _send_template,
    "reaction": _react,
}


def _must_be_allowed(whatsapp: WhatsApp, chat: Chat, *, is_free: bool) -> None:
    """Refuse whom the business has blocked, free messages to who was silent for a day, and too many of any kind."""
    now = whatsapp.clock.now()
    if chat.is_banned:
        raise GraphError(BUSINESS_BLOCKED, "The business has blocked this user.")
    if is_free and now >= chat.window_until:
        raise GraphError(
            OUTSIDE_WINDOW,
            "Message failed to send because more than 24 hours have passed since the customer last replied to this "
            "number.",
        )
    whatsapp.limits.count(chat.number, chat, now)


def _settle(whatsapp: WhatsApp, recipient: Recipient, sent: _Sent) -> None:
    """Let an accepted message arrive on the phone, or fail as a blocked number or a test wants it."""
    chat, message, now = recipient.chat, sent.message, whatsapp.clock.now()
    number = chat.number
    if recipient.is_phone:
        chat.phone_known_until = now + PHONE_MEMORY_SECONDS
    if number.failures or chat.is_blocked:
        code = number.failures.popleft() if number.failures else UNDELIVERABLE
        whatsapp.tell_status(chat, message, payloads.failure(code))
        return
    if not sent.content.text and sent.content.media is None:
        whatsapp.tell_status(chat, message, {"status": "sent"})
        chat.touch()
        return
    whatsapp.keep(chat, message)
    price = _price(number, sent.content.category, now)
    whatsapp.tell_status(chat, message, {"status": "sent", "pricing": price})
    whatsapp.tell_status(chat, message, {"status": "delivered"})
    chat.touch()


def _price(number: Number, category: str, now: float) -> Json:
    """Tell what a message costs: free words cost nothing for the first thousand of a month."""
    is_free = False
    if category == "service":
        day = datetime.fromtimestamp(now, UTC)
        if number.month != (day.year, day.month):
            number.month, number.delivered_in_month = (day.year, day.month), 0
        number.delivered_in_month += 1
        is_free = number.delivered_in_month <= FREE_SERVICE_MESSAGES
    return {
        "billable": not is_free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if is_free else "regular",
        "category": category,
    }


def _quoted(chat: Chat, body: Json) -> Message | None:
    """Find the message a new one quotes; one that is not there is not quoted, without an error."""
    if "context" not in body:
        return None
    return chat.find(words(part(body, "context"), "message_id", "context", _WAMID_LIMIT))


def _opaque(body: Json) -> str | None:
    if "biz_opaque_callback_data" not in body:
        return None
    return words(body, "biz_opaque_callback_data", "", _OPAQUE_LIMIT)
