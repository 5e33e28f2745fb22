"""Whom a message is for: by phone number, as WhatsApp dials it, or by business-scoped user id."""

import re
from dataclasses import dataclass
from typing import Any, Final

from emulator.whatsapp.errors import TO_ITSELF, UNDELIVERABLE, GraphError, bad_value, invalid
from emulator.whatsapp.identity import Identity, calling_code_of
from emulator.whatsapp.model import Chat, Number
from emulator.whatsapp.platform import WhatsApp

_SEPARATORS: Final = re.compile(r"[\s().-]")
_DIALLED: Final = re.compile(r"(\+?)([0-9]{5,20})")
_USER_ID: Final = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person a message is for, `given` as the business wrote it."""

    chat: Chat
    identity: Identity
    given: str
    is_phone: bool

    def described(self) -> dict[str, str]:
        """Describe the recipient as the answer to a message does."""
        if self.is_phone:
            return {"input": self.given, "wa_id": self.identity.wa_id}
        return {"input": self.given, "user_id": self.identity.user_id}


def find_recipient(whatsapp: WhatsApp, number: Number, body: dict[str, Any]) -> Recipient:
    """Find whom `to`, or without it `recipient`, names. Who was never written to has no chat on the phone yet."""
    given, is_phone = body.get("to"), True
    if given is None:
        given, is_phone = body.get("recipient"), False
    if given is None:
        raise invalid("The parameter to is required.")
    if not isinstance(given, str):
        raise invalid(f"Param {'to' if is_phone else 'recipient'} must be a string.")
    identity = _by_phone(whatsapp, number, given) if is_phone else _by_user_id(whatsapp, given)
    if identity is None:
        raise GraphError(UNDELIVERABLE, "Message Undeliverable.")
    chat = number.chats.get(identity.person.id) or Chat(identity.person, number)
    return Recipient(chat, identity, given, is_phone)


def _by_phone(whatsapp: WhatsApp, number: Number, given: str) -> Identity | None:
    """Dial a number: without a plus sign the country code of the business comes before it."""
    found = _DIALLED.fullmatch(_SEPARATORS.sub("", given))
    if found is None:
        raise bad_value("Param to is not a phone number.")
    digits = found[2] if found[1] else calling_code_of(number.digits) + found[2]
    if digits == number.digits:
        raise GraphError(TO_ITSELF, "The recipient is the sender itself.")
    return whatsapp.identities.by_phone(digits)


def _by_user_id(whatsapp: WhatsApp, given: str) -> Identity | None:
    if not _USER_ID.fullmatch(given):
        raise bad_value("Param recipient is not a business-scoped user ID.")
    return whatsapp.identities.by_user_id(given)
