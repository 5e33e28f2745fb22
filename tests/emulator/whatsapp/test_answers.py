"""How people answer: taps, rows, quick replies, contacts, and what can be forged of it."""

import asyncio

import pytest

from emulator import Emulator, ImpossibleError, Template, WhatsAppContact
from emulator.people import Person
from tests.emulator.whatsapp.conftest import CONTACT_REQUEST, YES_NO, Business, Callback


async def test_a_tap_answers_its_message(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """A tap carries id, title and the prompt it is under; it is answered once the business has read it."""
    asked = await business.sent(talking, **YES_NO)
    tap = emulator.whatsapp.tap(talking, business.number, "Yes")
    while (message := await subscribed.message())["type"] != "interactive":
        continue
    assert message["context"] == {"from": "79990000001", "id": asked}
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "ok:1", "title": "Yes"}}
    assert (message["id"], tap.message_id, tap.data, tap.answer) == (tap.id, asked, "ok:1", None)
    waiting = asyncio.create_task(emulator.whatsapp.wait_for_answer(tap))
    await business.read(tap.id)
    assert await waiting == {"read": True}
    repeated = emulator.whatsapp.tap(talking, business.number, data="ok:1", message_id=asked)
    assert await emulator.whatsapp.wait_for_answer(repeated, within=0.01) is None


async def test_rows_and_quick_replies_are_tapped_too(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """A row of a list answers with its description, a template's quick reply with its payload."""
    rows = [{"id": "a", "title": "Apples", "description": "Red"}]
    action = {"button": "Choose", "sections": [{"rows": rows}]}
    chosen = {"type": "list", "body": {"text": "Which?"}, "action": action}
    await business.sent(talking, type="interactive", interactive=chosen)
    emulator.whatsapp.tap(talking, business.number, "Apples")
    while (message := await subscribed.message())["type"] != "interactive":
        continue
    assert message["interactive"] == {"type": "list_reply", "list_reply": rows[0]}
    emulator.whatsapp.add_template(
        business.number, Template("code", "en_US", "utility", "Was it you?", ("Yes", "No, it was not"))
    )
    payload = {"type": "button", "sub_type": "quick_reply", "index": "1"}
    payload["parameters"] = [{"type": "payload", "payload": "DID_NOT_REQUEST_CODE"}]  # type: ignore[assignment]
    template = {"name": "code", "language": {"code": "en_US"}, "components": [payload]}
    asked = await business.sent(talking, type="template", template=template)
    emulator.whatsapp.tap(talking, business.number, "No, it was not")
    message = await subscribed.message()
    assert message["type"] == "button"
    assert message["button"] == {"payload": "DID_NOT_REQUEST_CODE", "text": "No, it was not"}
    assert message["context"]["id"] == asked


async def test_taps_can_be_forged(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """A forged client sends any data under any message; a stranger can tap what another was asked."""
    asked = await business.sent(talking, **YES_NO)
    with pytest.raises(ImpossibleError, match="No message shows"):
        emulator.whatsapp.tap(talking, business.number, "Maybe")
    stranger = emulator.add_person(first_name="Mallory")
    emulator.whatsapp.forge_tap(talking, business.number, "ok:2", message_id="wamid.other")
    emulator.whatsapp.forge_tap(talking, business.number, "ok:3")
    emulator.whatsapp.tap(talking, business.number, "Yes", as_person=stranger)
    heard = [message for message in [await subscribed.message() for _ in range(4)] if message["type"] == "interactive"]
    told = {
        message["interactive"]["button_reply"]["id"]: (message["context"]["id"], message["from"]) for message in heard
    }
    assert told == {
        "ok:2": ("wamid.other", talking.phone),
        "ok:3": (asked, talking.phone),
        "ok:1": (asked, stranger.phone),
    }


async def test_links_and_requests_are_no_replies(emulator: Emulator, business: Business, talking: Person) -> None:
    """A button that opens a link or asks for the contact sends nothing when tapped."""
    await business.sent(talking, **CONTACT_REQUEST)
    with pytest.raises(ImpossibleError, match="sends nothing"):
        emulator.whatsapp.tap(talking, business.number)


async def test_the_own_contact_answers_the_request(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """The button shares the person's own number, with the origin contact_request; without it there is none."""
    with pytest.raises(ImpossibleError, match="No message has a button"):
        emulator.whatsapp.share_contact(talking, business.number)
    asked = await business.sent(talking, **CONTACT_REQUEST)
    emulator.whatsapp.share_contact(talking, business.number)
    while (message := await subscribed.message())["type"] != "contacts":
        continue
    assert message["context"] == {"from": "79990000001", "id": asked}
    assert message["contacts"] == [
        {
            "origin": "contact_request",
            "name": {"formatted_name": "Anna Petrova", "first_name": "Anna", "last_name": "Petrova"},
            "phones": [{"phone": "+7 999 123-45-67", "wa_id": "79991234567", "type": "CELL"}],
        }
    ]


@pytest.mark.parametrize(
    ("contact", "origin", "phones"),
    [
        (WhatsAppContact(is_attached=True), "other", [("+7 999 123-45-67", "79991234567")]),
        (WhatsAppContact(is_forwarded=True), "other", [("+7 999 123-45-67", "79991234567")]),
        (WhatsAppContact(owner=77), "other", [("+49 1511 2345678", "4915112345678")]),
        (WhatsAppContact(has_wa_id=False), "contact_request", [("+7 999 123-45-67", None)]),
        (WhatsAppContact(phone_number="+7 1"), "contact_request", [("+7 1", "71")]),
        (WhatsAppContact(second_phone="+72"), "contact_request", [("+7 999 123-45-67", "79991234567"), ("+72", "72")]),
    ],
)
async def test_contacts_can_be_tampered_with(  # noqa: PLR0913, PLR0917 - fixtures and the cases
    emulator: Emulator,
    business: Business,
    subscribed: Callback,
    talking: Person,
    contact: WhatsAppContact,
    origin: str,
    phones: list[tuple[str, str | None]],
) -> None:
    """Cards sent by hand, other people's, forwarded and edited ones show what they are."""
    emulator.add_person(id=77, first_name="Boris", phone="+49 1511 2345678")
    await business.sent(talking, **CONTACT_REQUEST)
    emulator.whatsapp.share_contact(talking, business.number, contact)
    while (message := await subscribed.message())["type"] != "contacts":
        continue
    (told,) = message["contacts"]
    assert (told["origin"], "vcard" in told) == (origin, origin == "other")
    assert [(phone["phone"], phone.get("wa_id")) for phone in told["phones"]] == phones
