"""What each kind of WhatsApp's updates means to us; the shapes are those of Meta's webhooks reference."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.whatsapp.incoming import heard_in, name_of
from core.model.ids import BotName
from core.model.messages.message import Heard, Pressed, Renumbered, Said, SharedContact
from core.model.messages.receipt import Receipt, Stage
from tests.bots.test_whatsapp_webhook import ANY_JSON

Json = dict[str, Any]

BOT = BotName("wa")
PHONE, USER = "16505551234", "US.13491208655302741918"
BOTH: Json = {"from": PHONE, "from_user_id": USER}
TEXT: Json = {"type": "text", "text": {"body": "hello"}}


def heard(content: Json, sender: Json = BOTH, contact: Json | None = None) -> Heard | None:
    """Hear one message, as it is read back from the inbox."""
    profile = {"profile": {"name": "Sheena Nelson"}, "wa_id": PHONE, "user_id": USER}
    message = {**sender, "id": "wamid.1", "timestamp": "1749416383", **content}
    update = {"message": message, "contact": profile if contact is None else contact}
    return heard_in(BOT, json.loads(json.dumps(update)))


def said(content: Json, sender: Json = BOTH, contact: Json | None = None) -> Said:
    """Hear a text."""
    found = heard(content, sender, contact)
    assert isinstance(found, Said)
    return found


def test_a_text_with_phone_and_bsuid() -> None:
    """The BSUID is who it is, the number is where we answer, and what the messenger vouches for."""
    text = said(TEXT)
    sender = text.sender
    assert (sender.user_id, sender.chat, sender.phone) == (USER, f"+{PHONE}", PHONE)
    assert (sender.bot, sender.messenger.value, sender.first_name, sender.username) == (
        BOT, "whatsapp", "Sheena Nelson", None,
    )  # fmt: skip
    assert sender.at == datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
    assert (text.text, text.is_forwarded) == ("hello", False)


def test_a_text_with_a_username_and_no_phone() -> None:
    """A BSUID alone is who it is and where we answer."""
    profile = {"profile": {"name": "Sheena", "username": "realsheena"}, "user_id": USER}
    sender = said(TEXT, {"from_user_id": USER}, profile).sender
    assert (sender.user_id, sender.chat, sender.phone, sender.username) == (USER, USER, None, "realsheena")


def test_a_text_with_a_phone_alone() -> None:
    """As before there were BSUIDs: the number is who it is."""
    sender = said(TEXT, {"from": PHONE}).sender
    assert (sender.user_id, sender.chat, sender.phone) == (f"+{PHONE}", f"+{PHONE}", PHONE)


@pytest.mark.parametrize("digits", ["5215512345678", "5491123456789", "551187654321"])
def test_we_answer_to_the_number_as_it_came(digits: str) -> None:
    """Prefixes that WhatsApp adds are kept where we answer."""
    assert said(TEXT, {"from": digits, "from_user_id": USER}).sender.chat == f"+{digits}"


def test_a_sender_without_a_profile_has_no_name() -> None:
    """And is heard all the same."""
    contacts: list[Json] = [{}, {"profile": {}}, {"profile": None}, {"profile": {"name": None}}]
    for contact in contacts:
        assert said(TEXT, BOTH, contact).sender.first_name == ""


@pytest.mark.parametrize("sender", [{}, {"from": ""}, {"from": None, "from_user_id": None}, {"from": 7}, {"from": []}])
def test_a_message_from_nobody_is_an_error(sender: Json) -> None:
    """There is nobody to answer."""
    with pytest.raises(ValueError, match="nobody"):
        heard(TEXT, sender)


@pytest.mark.parametrize("mark", ["forwarded", "frequently_forwarded"])
def test_a_forwarded_text_says_nothing(mark: str) -> None:
    """A code that somebody else wrote must not count."""
    text = said({**TEXT, "context": {mark: True}})
    assert (text.text, text.is_forwarded) == ("", True)
    assert said({**TEXT, "context": {mark: False}}).text == "hello"


def test_a_quote_is_a_text() -> None:
    """Who answers to one of our messages by quoting it is heard."""
    assert said({**TEXT, "context": {"from": "15550001111", "id": "wamid.0"}}).text == "hello"


def test_a_group_is_not_heard() -> None:
    """Whatever is sent there."""
    tap = {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "y", "title": "Y"}}}
    for content in (TEXT, tap, {"type": "contacts", "contacts": []}):
        assert heard({**content, "group_id": "120363"}) is None


def test_a_long_text_is_cut() -> None:
    """Nobody needs more than WhatsApp's own limit."""
    assert len(said({"type": "text", "text": {"body": "x" * 10_000}}).text) == 4096


def pressed(**more: object) -> Heard | None:
    """Hear a tap on a reply button."""
    reply = {"type": "button_reply", "button_reply": {"id": "y:1:42", "title": "42"}}
    return heard({"type": "interactive", "interactive": reply, **more})


def test_a_tap_names_its_message() -> None:
    """The button's data, the tap's own id, and which of our messages it was under."""
    tap = pressed(context={"from": "15550001111", "id": "wamid.0"})
    assert isinstance(tap, Pressed)
    assert (tap.data, tap.tap_id, tap.message_id, tap.sender.user_id) == ("y:1:42", "wamid.1", name_of("wamid.0"), USER)


@pytest.mark.parametrize("context", [{}, None, {"id": None}, {"from": "15550001111"}])
def test_a_tap_without_its_message_is_under_none(context: Json | None) -> None:
    """It is not taken for a tap under just any message of ours."""
    tap = pressed(context=context)
    assert isinstance(tap, Pressed)
    assert tap.message_id == ""


def test_replies_we_never_offer_mean_nothing() -> None:
    """List rows, forms, and buttons of templates."""
    row = {"type": "list_reply", "list_reply": {"id": "y", "title": "Y"}}
    assert heard({"type": "interactive", "interactive": row}) is None
    assert heard({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {}}}) is None
    assert heard({"type": "button", "button": {"payload": "DID_NOT_REQUEST_CODE", "text": "No"}}) is None


CARD: Json = {"origin": "contact_request", "phones": [{"phone": "+1 650-555-1234", "wa_id": PHONE, "type": "CELL"}]}


def test_the_answer_to_our_request_is_the_own_contact() -> None:
    """By our button, with the number WhatsApp itself names; where it names none, it is what they claim (faults 7.3)."""
    for sender, is_own in ((BOTH, True), ({"from_user_id": USER}, False)):
        contact = heard({"type": "contacts", "contacts": [CARD]}, sender)
        assert isinstance(contact, SharedContact)
        assert (contact.phone, contact.is_own, contact.is_claimed) == (f"+{PHONE}", is_own, not is_own)


@pytest.mark.parametrize(
    "contacts",
    [
        [{**CARD, "origin": "other", "vcard": "BEGIN:VCARD"}],
        [{key: value for key, value in CARD.items() if key != "origin"}],
        [{**CARD, "phones": [*CARD["phones"], {"phone": "+1 999", "wa_id": "1999"}]}],
        [{**CARD, "phones": [{"phone": "+1 650-555-1234"}]}],
        [{**CARD, "phones": [{"phone": "+1 650-555-1234", "wa_id": ""}]}],
        [{**CARD, "phones": []}],
        [{**CARD, "phones": None}],
        [CARD, CARD],
        [],
    ],
)
def test_any_other_card_proves_nothing(contacts: list[Json]) -> None:
    """Cards sent by hand, with two numbers or with none that is on WhatsApp, or several cards."""
    contact = heard({"type": "contacts", "contacts": contacts}, {"from_user_id": USER})
    assert isinstance(contact, SharedContact)
    assert not contact.is_own
    assert not contact.is_claimed


def test_a_forwarded_card_and_another_number_than_the_senders_prove_nothing() -> None:
    """Whoever made the card, it is not the sender's."""
    forwarded = heard({"type": "contacts", "contacts": [CARD], "context": {"forwarded": True}})
    another = heard({"type": "contacts", "contacts": [CARD]}, {"from": "19995550000", "from_user_id": USER})
    for contact in (forwarded, another):
        assert isinstance(contact, SharedContact)
        assert not contact.is_own
        assert not contact.is_claimed


def system(content: Json, **sender: str) -> Heard | None:
    """Hear a system message."""
    return heard({"type": "system", "system": {"body": "Sheena changed", **content}}, sender, {})


def test_a_changed_number_links_old_and_new() -> None:
    """By BSUID where there is one, else by number."""
    new = {"wa_id": "19175550000", "user_id": "US.2", "previous_user_id": USER}
    change = system({"type": "user_changed_number", **new}, **{"from": PHONE, "from_user_id": USER})
    assert isinstance(change, Renumbered)
    assert change.former_user_id == USER
    assert (change.sender.user_id, change.sender.chat, change.sender.phone) == ("US.2", "+19175550000", "19175550000")
    change = system({"type": "user_changed_number", "wa_id": "19175550000"}, **{"from": PHONE})
    assert isinstance(change, Renumbered)
    assert (change.former_user_id, change.sender.user_id) == (f"+{PHONE}", "+19175550000")


def test_a_changed_bsuid_links_old_and_new() -> None:
    """No number need be told."""
    change = system({"type": "user_changed_user_id", "user_id": "US.2", "previous_user_id": USER})
    assert isinstance(change, Renumbered)
    assert change.former_user_id == USER
    assert (change.sender.user_id, change.sender.chat, change.sender.phone) == ("US.2", "US.2", None)


@pytest.mark.parametrize(
    ("told", "sender"),
    [
        ({"previous_user_id": USER}, {}),
        ({"previous_user_id": USER}, {"from": PHONE}),
        ({"user_id": "US.2"}, {}),
        ({"wa_id": "19175550000"}, {}),
        ({"wa_id": 19175550000}, {"from": PHONE}),
        ({}, {}),
    ],
)
@pytest.mark.parametrize("kind", ["user_changed_number", "user_changed_user_id"])
def test_a_change_from_or_to_nobody_is_an_error(told: Json, sender: dict[str, str], kind: str) -> None:
    """Nobody is linked with somebody who is not named."""
    with pytest.raises((KeyError, ValueError)):
        system({"type": kind, **told}, **sender)


def test_other_news_of_the_system_mean_nothing() -> None:
    """What else there may be one day."""
    assert system({"type": "customer_identity_changed"}) is None
    assert system({}) is None


@pytest.mark.parametrize(
    "content",
    [
        {"type": "unsupported", "errors": [{"code": 131051, "title": "Message type unknown"}]},
        {"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "✅"}},
        {"type": "reaction", "reaction": {"message_id": "wamid.0"}},
        {"type": "image", "image": {"id": "1", "caption": "K7QM-4XRT-9BDA"}},
        {"type": "something_new"},
        {},
    ],
)
def test_what_we_do_not_know_means_nothing(content: Json) -> None:
    """Pictures, reactions, polls, and kinds to come."""
    assert heard(content) is None


def receipt(status: str, **more: object) -> Heard | None:
    """Hear a status."""
    return heard_in(BOT, {"status": {"id": "wamid.0", "status": status, "timestamp": "1749416383", **more}})


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("sent", Stage.SENT),
        ("delivered", Stage.DELIVERED),
        ("read", Stage.READ),
        ("played", Stage.READ),
        ("failed", Stage.FAILED),
    ],
)
def test_statuses_are_stages(status: str, stage: Stage) -> None:
    """Of the message they name."""
    news = receipt(status, recipient_id=PHONE, recipient_user_id=USER)
    assert isinstance(news, Receipt)
    assert (news.message_id, news.stage, news.why, news.is_ours_to_mend) == (name_of("wamid.0"), stage, "", False)


@pytest.mark.parametrize(
    ("code", "is_ours"), [(131042, True), (190, True), (200, True), (131047, False), (131026, False)]
)
def test_a_failure_says_why_and_whose_it_is(code: int, *, is_ours: bool) -> None:
    """Payment and tokens are the operator's; a person who cannot be reached is nobody's. No words about the person."""
    error = {"code": code, "title": "T" * 300, "message": "m", "error_data": {"details": f"about {PHONE}"}}
    news = receipt("failed", errors=[error])
    assert isinstance(news, Receipt)
    assert news.is_ours_to_mend is is_ours
    assert news.why.startswith(f"{code} T")
    assert len(news.why) <= 200
    assert PHONE not in news.why


def test_errors_of_what_did_not_fail_are_none() -> None:
    """Only a failed message failed."""
    news = receipt("delivered", errors=[{"code": 131042}])
    assert isinstance(news, Receipt)
    assert not news.is_ours_to_mend


def test_a_status_to_come_means_nothing() -> None:
    """Kinds that there are not yet."""
    assert receipt("something_new") is None


@given(ANY_JSON, st.sampled_from(["text", "interactive", "contacts", "system", "button"]))
def test_any_shape_is_heard_or_an_ordinary_error(told: object, kind: str) -> None:
    """The listener names what cannot be read and goes on; nothing is heard of nobody."""
    shapes: list[Json] = [
        {"type": kind, kind: told},
        {"type": kind, kind: {"body": told, "button_reply": told, "type": told}},
        {"type": kind, kind: [told], "context": told},
    ]
    for shape in shapes:
        try:
            found = heard(shape)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError):
            continue
        assert found is None or getattr(found, "sender", None) is not None
