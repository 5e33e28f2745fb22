"""Contacts that people share: the card, the proof that MAX signs it with, and what may be wrong with either."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final, Literal

from emulator.max.model import user
from emulator.people import Person

Trick = Literal["two_numbers", "bad_hash", "literal_breaks", "replayed"]

_ESCAPED: Final = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class SharedContact:
    """A contact that is not simply the person's own, shared by the button.

    `owner` is whose it is (None: the person's own), `phone_number` is written into the card as it stands when given,
    and without `has_user_id` it names no account. `is_attached` sends it by hand instead of by the button,
    `is_forwarded` from another chat. `is_signed` says whether it carries the hash (None: as the real app does it, only
    the own contact that was not attached). Tricks: "two_numbers" in one card; a "bad_hash"; "literal_breaks", which are
    backslashes instead of the CR LF that was signed; "replayed", the signed card shared before, whatever else is said.
    """

    owner: Person | int | None = None
    phone_number: str | None = None
    has_user_id: bool = True
    is_attached: bool = False
    is_forwarded: bool = False
    is_signed: bool | None = None
    trick: Trick | None = None


def vcard(owner: Person, phone_number: str, *, second_number: bool = False) -> str:
    """Write the card as MAX writes it, its lines ending in CR LF."""
    name = f"{owner.first_name} {owner.last_name}".strip().translate(_ESCAPED)
    numbers = [f"TEL;TYPE=cell:{phone_number}"]
    if second_number:
        numbers.append("TEL;TYPE=work:74950000000")
    lines = ["BEGIN:VCARD", "VERSION:3.0", "PRODID:ez-vcard 0.10.3", *numbers, f"FN:{name}", "END:VCARD"]
    return "".join(f"{line}\r\n" for line in lines)


def sign(token: str, card: str) -> str:
    """Return the proof of a card: 64 lowercase hex, HMAC-SHA256 of its UTF-8 with the bot's token."""
    return hmac.new(token.encode(), card.encode(), hashlib.sha256).hexdigest()


def contact_attachment(token: str, owner: Person, shared: SharedContact, *, is_signed: bool) -> dict[str, Any]:
    """Make the attachment that carries a contact."""
    card = vcard(owner, shared.phone_number or owner.phone, second_number=shared.trick == "two_numbers")
    payload: dict[str, Any] = {"vcf_info": card, "max_info": user(owner) if shared.has_user_id else None}
    if is_signed:
        payload["hash"] = sign(token, card)
    if shared.trick == "bad_hash":
        payload["hash"] = sign(f"{token} of another bot", card)
    if shared.trick == "literal_breaks":
        payload["vcf_info"] = card.replace("\r\n", "\\r\\n")
    return {"type": "contact", "payload": payload}


def shown_contact(owner: Person, shared: SharedContact) -> dict[str, Any]:
    """Describe a contact as the phone shows it, in the words it has for all messengers."""
    shown: dict[str, Any] = {"phone_number": shared.phone_number or owner.phone, "first_name": owner.first_name}
    if owner.last_name:
        shown["last_name"] = owner.last_name
    return {**shown, "user_id": owner.id} if shared.has_user_id else shown
