"""Contact cards people share: their own by the business's button, or any other by hand."""

from dataclasses import dataclass
from typing import Any

from emulator.people import Person
from emulator.whatsapp.identity import Identity, shown

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WhatsAppContact:
    """A contact that is not simply the person's own, shared by the business's button.

    `owner` is whose it is (None: the person's own), `phone_number` is sent as it stands when given, as if the card
    had been edited, `second_phone` beside it, and without `has_wa_id` no number is said to be on WhatsApp.
    `is_attached` sends the card by hand, which has the origin `other`, as have forwarded and other people's cards.
    """

    owner: Person | int | None = None
    phone_number: str | None = None
    second_phone: str | None = None
    has_wa_id: bool = True
    is_attached: bool = False
    is_forwarded: bool = False


def told_contact(owner: Identity, shared: WhatsAppContact, *, is_requested: bool) -> Json:
    """Describe a card as the webhook does."""
    person = owner.person
    phones = [_phone(shown(person.phone), owner.wa_id, shared)]
    if shared.phone_number is not None:
        phones = [_phone(shared.phone_number, _digits(shared.phone_number), shared)]
    if shared.second_phone is not None:
        phones.append(_phone(shared.second_phone, _digits(shared.second_phone), shared))
    name = {"formatted_name": owner.profile_name, "first_name": person.first_name}
    if person.last_name:
        name["last_name"] = person.last_name
    contact: Json = {"origin": "contact_request" if is_requested else "other", "name": name, "phones": phones}
    if not is_requested:
        numbers = [f"TEL:{each['phone']}" for each in phones]
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{owner.profile_name}", *numbers, "END:VCARD"]
        contact["vcard"] = "\n".join(lines)
    return contact


def shown_contact(owner: Person, shared: WhatsAppContact) -> Json:
    """Describe a card as the phone shows it."""
    described: Json = {"phone_number": shared.phone_number or owner.phone, "first_name": owner.first_name}
    if owner.last_name:
        described["last_name"] = owner.last_name
    return {**described, "user_id": owner.id}


def _phone(number: str, wa_id: str, shared: WhatsAppContact) -> Json:
    described = {"phone": number, "type": "CELL"}
    if shared.has_wa_id:
        described["wa_id"] = wa_id
    return described


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdigit())
