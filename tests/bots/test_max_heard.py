"""MAX's updates as they come: whole, thin, strange and senseless."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.max.incoming import heard_in, key_of
from core.model.ids import BotName
from core.model.messages.message import Blocked, Heard, Pressed, Said, SharedContact, Started
from core.model.messages.receipt import Receipt

BOT = BotName("max")
TOKEN = "made-up-for-these-tests"
AT = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
MS = 1763697600000
ANNA = {"user_id": 5001, "first_name": "Anna", "is_bot": False}

Json = dict[str, Any]


def bot_started(**fields: object) -> Json:
    """Return what MAX tells when somebody presses START."""
    return {"update_type": "bot_started", "timestamp": MS, "chat_id": -111, "user": dict(ANNA), **fields}


def message_created(text: str | None = "hello", **fields: object) -> Json:
    """Return what MAX tells when somebody writes."""
    message = {
        "sender": dict(ANNA),
        "recipient": {"chat_id": -111, "chat_type": "dialog", "user_id": 9001},
        "timestamp": MS,
        "body": {"mid": "mid.00aa", "seq": 115000000000000000, "text": text, "attachments": []},
        **fields,
    }
    return {"update_type": "message_created", "timestamp": MS, "message": message}


def message_callback(message: object = "usual", **callback: object) -> Json:
    """Return what MAX tells when somebody taps; callbacks do not tell the dialog's id."""
    if message == "usual":
        buttons = [[{"type": "callback", "text": "Yes", "payload": "y:abc"}]]
        keyboard = {"type": "inline_keyboard", "callback_id": "f9LHodD0cOL", "payload": {"buttons": buttons}}
        message = {
            "sender": {"user_id": 9001, "first_name": "Bot", "is_bot": True},
            "recipient": {"chat_type": "dialog", "user_id": 5001},
            "timestamp": MS - 10_000,
            "body": {"mid": "mid.00bb", "seq": 1, "text": "Log in?", "attachments": [keyboard]},
        }
    told = {"timestamp": MS, "callback_id": "f9LHodD0cOL", "payload": "y:abc", "user": dict(ANNA), **callback}
    return {"update_type": "message_callback", "timestamp": MS, "callback": told, "message": message}


def bot_stopped(kind: str = "bot_stopped", **fields: object) -> Json:
    """Return what MAX tells when somebody stops the bot or removes the dialog."""
    return {"update_type": kind, "timestamp": MS, "chat_id": -111, "user": dict(ANNA), **fields}


def heard(update: object) -> Heard | None:
    """Hear one update."""
    return heard_in(BOT, TOKEN, update)  # type: ignore[arg-type]  # some of what comes is senseless


def key(update: object) -> str:
    """Return the update's key."""
    return key_of(update, json.dumps(update).encode())


def test_a_sender_is_known_by_their_user_id() -> None:
    """Written to by user id, though the dialog has an id of its own; names that are not set are not there."""
    said = heard(message_created())
    assert isinstance(said, Said)
    assert (said.sender.user_id, said.sender.chat, said.sender.at) == ("5001", "5001", AT)
    assert (said.sender.first_name, said.sender.last_name, said.sender.username) == ("Anna", None, None)
    assert said.sender.language is None
    full = {**ANNA, "last_name": "Petrova", "username": "anna", "name": "Anna Petrova", "avatar_url": None}
    told = heard(bot_started(user=full, user_locale="ru-RU"))
    assert isinstance(told, Started)
    assert (told.sender.last_name, told.sender.username, told.sender.language) == ("Petrova", "anna", "ru-RU")


@pytest.mark.parametrize(
    ("payload", "code"),
    [("abc", "abc"), ("a" * 128, "a" * 128), ("a" * 129, None), ("a b", None), ("a.b", None), ("", None), (None, None)],
)
def test_a_start_carries_its_payload(payload: str | None, code: str | None) -> None:
    """Up to 128 letters, digits, ``_`` and ``-``; anything else is a start without a code."""
    told = heard(bot_started(payload=payload))
    assert isinstance(told, Started)
    assert told.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/start", None),
        ("/start ", None),
        ("/start abc-_9", "abc-_9"),
        ("/start_abc", "abc"),
        ("/start _abc", "_abc"),
        ("/start abc\n", "abc"),
        ("/start " + "a" * 128, "a" * 128),
    ],
)
def test_a_start_may_come_as_a_text(text: str, code: str | None) -> None:
    """In a dialog that exists, a link may arrive as ``/start payload``."""
    told = heard(message_created(text))
    assert isinstance(told, Started)
    assert told.code == code


@pytest.mark.parametrize("text", ["/start " + "a" * 129, "/start a b", "please /start abc", "/stop", "K7QM-4XRT-9BDA"])
def test_other_texts_are_texts(text: str) -> None:
    """What only looks like a start is what it says."""
    assert heard(message_created(text)) == Said(_sender(), text)


def _sender() -> Any:  # noqa: ANN401 - whoever says hello
    said = heard(message_created())
    assert isinstance(said, Said)
    return said.sender


def test_a_text_may_be_missing() -> None:
    """A picture alone, or a message without a body, is a text without words."""
    for body in ({"mid": "mid.1", "seq": 1}, {"mid": "mid.1", "seq": 1, "text": None, "attachments": None}, None):
        told = heard(message_created(body=body))
        assert isinstance(told, Said)
        assert told.text == ""


def test_an_endless_text_is_cut() -> None:
    """Nobody has to read a book."""
    told = heard(message_created("a" * 100_000))
    assert isinstance(told, Said)
    assert len(told.text) == 4096


@pytest.mark.parametrize("body", [{"mid": "mid.1", "seq": 1, "text": "", "attachments": []}, None])
def test_a_forwarded_message_is_nobodys_own_words(body: Json | None) -> None:
    """Its content stands in the link, and the body may be null then; neither is read."""
    inner = {"mid": "mid.0", "seq": 0, "text": "/stop", "attachments": [{"type": "contact", "payload": {}}]}
    told = heard(message_created(body=body, link={"type": "forward", "message": inner}))
    assert isinstance(told, Said)
    assert (told.text, told.is_forwarded) == ("", True)


def test_a_reply_is_an_own_message() -> None:
    """What is answered is not what is said."""
    told = heard(message_created("yes", link={"type": "reply", "message": {"mid": "mid.0", "seq": 0, "text": "/stop"}}))
    assert isinstance(told, Said)
    assert (told.text, told.is_forwarded) == ("yes", False)


def test_unknown_attachments_are_passed_over() -> None:
    """The text beside them is heard all the same."""
    attachments = [{"type": "something_new"}, {"type": "image", "payload": None}, {}]
    told = heard(message_created(body={"mid": "mid.1", "seq": 1, "text": "hello", "attachments": attachments}))
    assert isinstance(told, Said)
    assert told.text == "hello"


def test_a_contact_that_is_not_proved_is_heard_as_such() -> None:
    """Nothing of a card that MAX does not vouch for is handed on."""
    card = {"type": "contact", "payload": {"vcf_info": "TEL:79990000000", "max_info": ANNA, "hash": None}}
    told = heard(message_created(body={"mid": "mid.1", "seq": 1, "attachments": [card, {"type": "something_new"}]}))
    assert isinstance(told, SharedContact)
    assert (told.phone, told.is_own) == ("", False)


@pytest.mark.parametrize(
    ("message", "message_id"),
    [
        ("usual", "mid.00bb"),
        (None, None),
        ({"recipient": {"chat_type": "dialog"}, "timestamp": MS, "body": None}, None),
        ({"recipient": {"chat_type": "dialog", "chat_id": -5}, "timestamp": MS}, None),
    ],
)
def test_a_tap_is_heard_with_and_without_its_message(message: object, message_id: str | None) -> None:
    """The message may be gone, and with it the dialog's id: who tapped what is enough. A tap is never too late."""
    told = heard(message_callback(message))
    assert isinstance(told, Pressed)
    assert (told.data, told.tap_id, told.message_id) == ("y:abc", "f9LHodD0cOL", message_id)
    assert (told.sender.user_id, told.sender.chat, told.sender.at) == ("5001", "5001", None)


def test_a_tap_may_lack_its_message_altogether_and_its_payload() -> None:
    """The field itself may be missing; a button without data means nothing we know."""
    update = message_callback(payload=None)
    del update["message"]
    told = heard(update)
    assert isinstance(told, Pressed)
    assert (told.data, told.message_id) == ("", None)


@pytest.mark.parametrize("kind", ["bot_stopped", "dialog_removed"])
def test_stopping_and_removing_both_block(kind: str) -> None:
    """Either way nobody can be written to."""
    told = heard(bot_stopped(kind))
    assert isinstance(told, Blocked)
    assert told.sender.at == AT


@pytest.mark.parametrize("chat_type", ["chat", "channel", "something_new"])
def test_only_dialogs_count(chat_type: str) -> None:
    """A group has an id as negative as a dialog's; its type tells. In channels nobody is the sender."""
    recipient = {"chat_id": -111, "chat_type": chat_type}
    assert heard(message_created(recipient=recipient)) is None
    in_channel = message_created(recipient=recipient)
    del in_channel["message"]["sender"]
    assert heard(in_channel) is None
    assert heard(message_callback({"recipient": recipient, "body": {"mid": "mid.1", "seq": 1}})) is None


def test_our_own_words_are_not_heard() -> None:
    """MAX may tell us what we said ourselves."""
    assert heard(message_created(sender={"user_id": 9001, "first_name": "Bot", "is_bot": True})) is None


@pytest.mark.parametrize(
    "kind",
    [
        "message_edited", "message_removed", "dialog_muted", "dialog_unmuted", "dialog_cleared", "bot_added",
        "bot_removed", "user_added", "comment_created", "something_new", None, 7, [],
    ],
)  # fmt: skip
def test_other_kinds_mean_nothing(kind: object) -> None:
    """What we did not ask for and what nobody knows yet is passed over."""
    assert heard({**message_created(), "update_type": kind}) is None


EVERY_KIND = [
    bot_started(payload="abc"), message_created(), message_callback(), message_callback(None), bot_stopped(),
    bot_stopped("dialog_removed"), message_created("/start abc"),
]  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List where something stands in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [found for name, part in pairs for found in _paths(part, (*path, name))]
    return [path, *inner] if path else inner


@st.composite
def spoilt_updates(draw: st.DrawFn) -> Any:  # noqa: ANN401 - any JSON
    """Draw an update in which something stands that does not belong there, or any JSON at all."""
    update: Any = deepcopy(draw(st.sampled_from(EVERY_KIND)))
    if draw(st.integers(0, 9)) == 0:
        return draw(json_values)
    path = draw(st.sampled_from(_paths(update)))
    where = update
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = draw(json_values | st.sampled_from([10**400, -(10**18), float("inf"), 1e300]))
    return json.loads(json.dumps(update))


@given(spoilt_updates())
def test_anything_can_come(update: Any) -> None:  # noqa: ANN401 - any JSON is what it is about
    """Senseless updates have a key like all others, and hearing them is at worst one of four errors."""
    assert len(key(update)) == 64
    try:
        told = heard(update)
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    assert told is None or not isinstance(told, Receipt)
