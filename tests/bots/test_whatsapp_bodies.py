"""What we post to Meta, and how we read its answers.

The description of the API is somebody else's file and no part of this project: it is used where it is at hand, as
``$GATEPOST_SPECS/whatsapp/business-messaging-api_v23.0.yaml``, by default in ``shared/specs`` beside the checkout. As
published it refuses its own examples; its leaf for reply buttons is sound.
"""

import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bots.whatsapp.bodies import MOST_CHOICES, new_message, read_receipt
from bots.whatsapp.errors import TooLate, trouble_of
from bots.wire import PlatformResponse
from core.model.apps.app import MatchPolicy
from core.model.messages.message import Choice, Message, UrlButton
from core.ports.messengers import ChatBusy, Refused, Revoked, TooMany, TryLater, Unreachable
from tests.bots.test_whatsapp_webhook import ANY_JSON
from tests.stories.town import town

Json = dict[str, Any]

PHONE, USER = "+16505551234", "US.13491208655302741918"
SPECS = Path(os.environ.get("GATEPOST_SPECS", Path(__file__).parents[3] / "shared" / "specs"))
YES_NO = ((Choice("Log in", "y:1"), Choice("Cancel", "a:1")),)


@pytest.mark.parametrize(("chat", "address"), [(PHONE, {"to": PHONE}), (USER, {"recipient": USER})])
def test_a_number_is_written_to_with_its_plus_and_a_bsuid_as_recipient(chat: str, address: Json) -> None:
    """Without the plus Meta would put our own country's code before it; both together are ambiguous."""
    body = new_message(chat, Message(text="hello"))
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **address,
        "type": "text",
        "text": {"preview_url": False, "body": "hello"},
    }


def test_choices_are_reply_buttons() -> None:
    """In the order of the rows, which WhatsApp does not have."""
    rows = ((Choice("12", "y:1:12"), Choice("34", "y:1:34")), (Choice("No", "n:1"),))
    interactive = new_message(PHONE, Message(text="?", choices=rows))["interactive"]
    replies = [button["reply"] for button in interactive["action"]["buttons"]]
    assert replies == [{"id": choice.data, "title": choice.label} for row in rows for choice in row]
    assert {button["type"] for button in interactive["action"]["buttons"]} == {"reply"}


def test_more_buttons_than_three_are_refused() -> None:
    """Meta would refuse them, and we would have said nothing."""
    choices = tuple(Choice(str(number), f"y:{number}") for number in range(MOST_CHOICES + 1))
    with pytest.raises(Refused):
        new_message(PHONE, Message(text="?", choices=(choices,)))


def test_a_contact_is_asked_for_and_a_link_offered_in_metas_words() -> None:
    """Meta words the button that shares a contact itself."""
    asked = new_message(USER, Message(text="Phone?", ask_contact="Share my phone number"))["interactive"]
    assert asked == {
        "type": "request_contact_info",
        "body": {"text": "Phone?"},
        "action": {"name": "request_contact_info"},
    }
    button = UrlButton("Back to the shop of teapots", "https://shop.example.com/")
    offered = new_message(PHONE, Message(text="Done.", url_button=button))["interactive"]
    assert offered["action"]["parameters"] == {
        "display_text": "Back to the shop of…", "url": "https://shop.example.com/",
    }  # fmt: skip


@given(st.text(min_size=1, max_size=6000).filter(lambda text: text.strip() != ""), st.booleans())
def test_no_text_is_longer_than_meta_takes(text: str, has_buttons: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    """4,096 characters by themselves, 1,024 above buttons; what is cut off is seen to be."""
    body = new_message(PHONE, Message(text=text, choices=YES_NO if has_buttons else ()))
    told = body["interactive"]["body"]["text"] if has_buttons else body["text"]["body"]
    assert len(told) <= (1024 if has_buttons else 4096)
    plain = told.replace("\u2060", "")
    assert plain == text.replace("\u2060", "") or plain.endswith("…")


@pytest.mark.parametrize(("length", "is_cut"), [(1024, False), (1025, True)])
def test_a_text_is_cut_where_it_must_be(length: int, *, is_cut: bool) -> None:
    """Not one character before."""
    told = new_message(PHONE, Message(text="x" * length, choices=YES_NO))["interactive"]["body"]["text"]
    assert told == ("x" * 1023 + "…" if is_cut else "x" * length)


def test_a_label_is_cut_at_twenty() -> None:
    """Meta refuses the whole message otherwise."""
    body = new_message(PHONE, Message(text="?", choices=((Choice("x" * 20, "1"), Choice("y" * 21, "2")),)))
    titles = [button["reply"]["title"] for button in body["interactive"]["action"]["buttons"]]
    assert titles == ["x" * 20, "y" * 19 + "…"]


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_message_without_a_text_is_refused(text: str) -> None:
    """With buttons or without."""
    for choices in ((), YES_NO):
        with pytest.raises(Refused):
            new_message(PHONE, Message(text=text, choices=choices))


@given(st.text(alphabet="*_~`a ", min_size=1, max_size=60).filter(lambda text: text.strip() != ""))
def test_no_mark_stands_beside_a_letter(text: str) -> None:
    """T28: WhatsApp makes markup of marks that touch a word; ours never do, and the text reads as it did."""
    told = new_message(PHONE, Message(text=text))["text"]["body"]
    assert told.replace("\u2060", "") == text
    for at, mark in enumerate(told):
        if mark in "*_~`":
            assert told[at - 1 : at] == told[at + 1 : at + 2] == "\u2060"


def test_a_read_receipt_names_the_message() -> None:
    """It needs no recipient."""
    assert read_receipt("wamid.1") == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}


def answered(code: object, status: int = 400, **more: object) -> Exception:
    """Read an answer with an error of this code."""
    return trouble_of(
        PlatformResponse(status, {"error": {"message": "(#1) No", "code": code, "fbtrace_id": "x", **more}})
    )


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ((0, 3, 10, 190, 200, 299, 368, 131005, 131031, 131042, 131045, 131048, 133010), Revoked),
        ((1, 2, 131000, 131016, 131057, 133004), TryLater),
        ((4, 80007, 130429), TooMany),
        ((131056,), ChatBusy),
        ((130403, 131026), Unreachable),
        ((131047,), TooLate),
        ((33, 100, 131008, 131009, 131021, 131030, 131051, 131062, 130497, 132000, 999999, 300, 199), Refused),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_the_code_decides_what_an_error_means(codes: tuple[int, ...], kind: type[Exception], status: int) -> None:
    """Not the HTTP status, the title or the subcode."""
    for code in codes:
        assert type(answered(code, status)) is kind, code


def test_the_details_are_told_if_there_are() -> None:
    """Else the message, and never more than two hundred characters."""
    assert "the card was declined" in str(answered(131042, error_data={"details": "the card was declined"}))
    assert "(#1) No" in str(answered(131042, error_data="the card was declined"))
    assert len(str(answered(100, message="x" * 1000))) <= 200


@pytest.mark.parametrize("body", [None, {}, {"error": "no"}, {"error": None}])
def test_an_answer_that_is_not_metas_is_tried_later(body: Json | None) -> None:
    """A proxy's page, or another server's JSON."""
    assert isinstance(trouble_of(PlatformResponse(502, body)), TryLater)


@given(ANY_JSON)
def test_any_answer_is_some_trouble(told: object) -> None:
    """Whatever Meta says, we have a word for it."""
    for body in (told, {"error": told}, {"error": {"code": told, "error_data": told, "message": told}}):
        trouble = trouble_of(PlatformResponse(400, body if isinstance(body, dict) else None))
        assert isinstance(trouble, (TryLater, Refused, Revoked, Unreachable))


@pytest.fixture(scope="module")
def reply_buttons() -> jsonschema.Draft202012Validator:
    """Return what the vendor says of messages with buttons."""
    file = SPECS / "whatsapp" / "business-messaging-api_v23.0.yaml"
    if not file.exists():
        pytest.skip("the description of WhatsApp's API is not at hand; set GATEPOST_SPECS")
    with file.open() as opened:
        description = yaml.load(opened, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    leaf = {"$ref": "#/components/schemas/InteractiveObject", "required": ["type", "action", "body"]}
    return jsonschema.Draft202012Validator({**leaf, "components": description["components"]})


def buttons(*titles: str, text: str = "Log in?") -> Json:
    """Return a message with buttons of these titles, whether Meta takes it or not."""
    replies = [{"type": "reply", "reply": {"id": title, "title": title}} for title in titles]
    return {"type": "button", "body": {"text": text}, "action": {"buttons": replies}}


def test_the_description_refuses_what_meta_refuses(reply_buttons: jsonschema.Draft202012Validator) -> None:
    """So that the tests below can fail."""
    assert reply_buttons.is_valid(buttons("1", "2", "3"))
    for wrong in (
        buttons("1", "2", "3", "4"),
        buttons(),
        buttons("x" * 21),
        buttons("1", text="x" * 1025),
        {**buttons("1"), "type": "buttons"},
        {key: value for key, value in buttons("1").items() if key != "body"},
        {"type": "button", "body": {"text": "?"}, "action": {"buttons": [{"type": "reply", "reply": {"title": "1"}}]}},
    ):
        assert not reply_buttons.is_valid(wrong), wrong


async def test_real_logins_are_valid_by_the_description(
    reply_buttons: jsonschema.Draft202012Validator, tmp_path: Path
) -> None:
    """With and without numbers, in both languages: every question is a message with buttons that Meta describes."""
    async with town(tmp_path, messengers=("whatsapp",)) as here:
        handset, anna = here.handset("whatsapp"), here.visitor()
        await here.ask_for_numbers(MatchPolicy.OFF)
        wishes: Json
        for wishes in ({}, {"match": False}, {"locale": "ru"}, {"locale": "ru", "match": False}):
            session = await here.create(**wishes)
            await handset.ask(anna, session["links"]["whatsapp"])
        sent = [call.parameters for call in here.telegram.calls(method="messages")]
    interactive = [body["interactive"] for body in sent if body.get("type") == "interactive"]
    assert len(interactive) == 4
    for body in interactive:
        assert not list(reply_buttons.iter_errors(body))
        assert len({button["reply"]["title"] for button in body["action"]["buttons"]}) >= 2
