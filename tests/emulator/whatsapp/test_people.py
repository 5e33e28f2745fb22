"""What people do on their phones, and what the business gets to know of it."""

import asyncio
from typing import Any

import pytest

from emulator import Emulator, ImpossibleError, Template
from emulator.people import Person
from emulator.whatsapp.links import parse_link
from emulator.whatsapp.model import Number
from tests.emulator.whatsapp.conftest import Business, Callback, text


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://wa.me/79990000001?text=Sign%20me%20in%3A%20K7QM", ("79990000001", "Sign me in: K7QM")),
        ("https://wa.me/79990000001", ("79990000001", "")),
        ("wa.me/79990000001?text=a", ("79990000001", "a")),
        ("http://127.0.0.1:8090/wa.me/79990000001?text=%D0%94%D0%B0", ("79990000001", "Да")),
        ("/wa.me/79990000001?text=a+b", ("79990000001", "a+b")),
        ("whatsapp://send?phone=%2B79990000001&text=a", ("79990000001", "a")),
        ("https://api.whatsapp.com/send?phone=79990000001&text=a%26b", ("79990000001", "a&b")),
        ("https://api.whatsapp.com/send/?text=a&phone=79990000001", ("79990000001", "a")),
    ],
)
def test_links_are_read(link: str, found: tuple[str, str]) -> None:
    """Every form of the link gives number and text; a plus sign in the text is none of a space."""
    assert parse_link(link) == found


@pytest.mark.parametrize(
    "link",
    [
        "https://wa.me/+79990000001",
        "https://wa.me/079990000001",
        "https://wa.me/gate",
        "https://wa.me/79990000001/more",
        "https://t.me/gate_bot",
        "https://api.whatsapp.com/send?text=a",
        "whatsapp://chat?phone=79990000001",
        "https://[",
    ],
)
def test_other_links_are_refused(link: str) -> None:
    """Plus signs, leading zeros, names and other addresses are no links to a number."""
    with pytest.raises(ImpossibleError) as refused:
        parse_link(link)
    assert refused.value.code == "bad_link"


async def test_a_draft_may_be_changed(emulator: Emulator, number: Number, subscribed: Callback, anna: Person) -> None:
    """A link only fills the entry field; the person may change the text before sending it, or send it at once."""
    chat = emulator.whatsapp.open_link(anna, "https://wa.me/79990000001?text=Code%20K7QM", press_send=False)
    assert (chat.draft, len(chat.messages)) == ("Code K7QM", 0)
    emulator.whatsapp.send_draft(anna, number, "please: k7qm !")
    assert (await subscribed.message())["text"]["body"] == "please: k7qm !"
    assert chat.draft == ""
    with pytest.raises(ImpossibleError, match="entry field is empty"):
        emulator.whatsapp.send_draft(anna, number)
    emulator.whatsapp.open_link(anna, "https://wa.me/79990000001?text=Code%20K7QM")
    assert (await subscribed.message())["text"]["body"] == "Code K7QM"


async def test_people_appear_in_three_ways(
    emulator: Emulator, number: Number, subscribed: Callback, anna: Person
) -> None:
    """Phone and BSUID, a username without phone, the phone alone: what is unknown is left out."""
    user_id = emulator.whatsapp.bsuid(anna, number.phone_number_id)
    full = {"wa_id": "79991234567", "user_id": user_id}
    for change, contact, sender in (
        (emulator.whatsapp.show_all, full, {"from": "79991234567", "from_user_id": user_id}),
        (emulator.whatsapp.hide_phone, {"user_id": user_id}, {"from_user_id": user_id}),
        (emulator.whatsapp.legacy, {"wa_id": "79991234567"}, {"from": "79991234567"}),
    ):
        change(anna)
        emulator.whatsapp.send_text(anna, number, "Hello")
        value = await subscribed.value()
        (told,) = value["contacts"]
        profile = told.pop("profile")
        assert told == contact
        assert profile.get("username") == emulator.whatsapp.identity(anna).username or "username" not in profile
        (message,) = value["messages"]
        assert {name: message[name] for name in message if name.startswith("from")} == sender


async def test_a_hidden_phone_shows_to_who_writes_to_it(
    emulator: Emulator, business: Business, subscribed: Callback, anna: Person
) -> None:
    """A username adopter's statuses name no phone unless the message went to it, and then it shows for 30 days."""
    number, whatsapp = business.number, emulator.whatsapp
    whatsapp.hide_phone(anna)
    whatsapp.send_text(anna, number, "Hello")
    user_id = whatsapp.bsuid(anna, number)
    await business.messages(recipient=user_id, **text())
    status = await subscribed.status()
    assert (status["recipient_user_id"], "recipient_id" in status) == (user_id, False)
    await business.sent(anna, **text())
    while (await subscribed.status()).get("recipient_id") != anna.phone:
        continue
    whatsapp.send_text(anna, number, "Again")
    assert (await subscribed.message())["from"] == anna.phone
    emulator.advance(30 * 24 * 3600)
    whatsapp.send_text(anna, number, "And again")
    assert "from" not in await subscribed.message()


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"is_forwarded": True}, {"context": {"forwarded": True}}),
        ({"is_frequently_forwarded": True}, {"context": {"frequently_forwarded": True}}),
        ({"group_id": "120363@g"}, {"group_id": "120363@g"}),
        ({"timestamp_offset": -86400.0}, {"timestamp": "1789913600"}),
    ],
)
async def test_odd_texts(  # noqa: PLR0913, PLR0917 - fixtures and the cases
    emulator: Emulator,
    number: Number,
    subscribed: Callback,
    anna: Person,
    details: dict[str, Any],
    told: dict[str, object],
) -> None:
    """Forwarded, much forwarded, grouped and stale texts say so."""
    emulator.whatsapp.send_text(anna, number, "K7QM", **details)
    message = await subscribed.message()
    assert {name: message[name] for name in told} == told


async def test_a_new_number_is_a_new_identity(
    emulator: Emulator, number: Number, subscribed: Callback, anna: Person
) -> None:
    """A system message, without contacts, links the old number and BSUID to the new; a BSUID can change alone."""
    old = emulator.whatsapp.bsuid(anna, number)
    emulator.whatsapp.change_number(anna, number, "+49 1511 2345678")
    new = emulator.whatsapp.bsuid(anna, number)
    value = await subscribed.value()
    (message,) = value["messages"]
    assert "contacts" not in value
    assert (message["type"], message["from"]) == ("system", "79991234567")
    system = message["system"]
    assert (system["type"], system["wa_id"]) == ("user_changed_number", "4915112345678")
    assert (system["user_id"], system["previous_user_id"]) == (new, old)
    assert new.startswith("DE.")
    emulator.whatsapp.change_user_id(anna, number)
    message = await subscribed.message()
    assert message["system"]["type"] == "user_changed_user_id"
    assert message["system"]["previous_user_id"] == new
    assert {"from", "wa_id"}.isdisjoint({*message, *message["system"]})


async def test_what_the_api_does_not_know(
    emulator: Emulator, number: Number, subscribed: Callback, anna: Person
) -> None:
    """A poll arrives as unsupported, with the error that says so."""
    emulator.whatsapp.send_unsupported(anna, number)
    message = await subscribed.message()
    assert (message["type"], message["errors"][0]["code"]) == ("unsupported", 131051)


async def test_blocking(emulator: Emulator, number: Number, anna: Person) -> None:
    """Who blocked the number cannot write to it until it is unblocked, nor can be blocked twice."""
    whatsapp = emulator.whatsapp
    whatsapp.block(anna, number)
    for impossible in (
        lambda: whatsapp.block(anna, number),
        lambda: whatsapp.send_text(anna, number, "Hello"),
        lambda: whatsapp.tap(anna, number, "Yes"),
        lambda: whatsapp.open_link(anna, "https://wa.me/79990000001?text=a"),
    ):
        with pytest.raises(ImpossibleError, match="blocked"):
            impossible()
    whatsapp.unblock(anna, number)
    whatsapp.send_text(anna, number, "Hello")
    with pytest.raises(ImpossibleError, match="not blocked"):
        whatsapp.unblock(anna, number)


async def test_who_is_banned_is_not_heard(
    emulator: Emulator, number: Number, subscribed: Callback, anna: Person
) -> None:
    """Messages of somebody the business has blocked stay on the phone."""
    emulator.whatsapp.ban(anna, number)
    message = emulator.whatsapp.send_text(anna, number, "Hello?")
    emulator.whatsapp.ban(anna, number, is_banned=False)
    emulator.whatsapp.send_text(anna, number, "Hello")
    assert (await subscribed.message())["text"]["body"] == "Hello"
    assert message.status == "sent"


async def test_waiting_for_a_message(emulator: Emulator, business: Business, talking: Person) -> None:
    """A test can wait for the business's next message or any change, and learns when none comes."""
    waiting = asyncio.create_task(emulator.whatsapp.wait_for_message(talking, business.number))
    wamid = await business.sent(talking, **text())
    message = await waiting
    assert message.id == wamid
    with pytest.raises(ImpossibleError, match="sent nothing"):
        await emulator.whatsapp.wait_for_message(talking, business.number, after=message.number, within=0.01)
    revision = emulator.whatsapp.chat(talking, business.number).revision
    changing = asyncio.create_task(emulator.whatsapp.wait_for_change(talking, business.number, revision=revision))
    emulator.whatsapp.read(talking, business.number)
    assert (await changing).revision > revision


def test_what_is_not_there_is_named(emulator: Emulator, number: Number, anna: Person) -> None:
    """Unknown numbers and people, bad phones, ids, texts and templates are refused in words."""
    whatsapp = emulator.whatsapp
    for act, code in (
        (lambda: whatsapp.chat(anna, "79990000009"), "no_such_number"),
        (lambda: whatsapp.chat(404, number), "no_such_person"),
        (lambda: whatsapp.open_link(anna, "https://wa.me/79990000009"), "no_such_number"),
        (lambda: whatsapp.add_number("+7 999 000-00-01"), "number_exists"),
        (lambda: whatsapp.add_number("home"), "bad_phone"),
        (lambda: whatsapp.add_number("+79990000002", phone_number_id="x"), "bad_phone_number_id"),
        (lambda: whatsapp.send_text(anna, number, " "), "bad_text"),
        (lambda: whatsapp.change_number(anna, number, "none"), "bad_phone"),
        (lambda: whatsapp.add_template(number, Template("Bad name", "en", "utility", "Hi")), "bad_template"),
    ):
        with pytest.raises(ImpossibleError) as refused:
            act()
        assert refused.value.code == code
