"""WhatsApp's own story: signed webhooks, codes in texts, taps that anybody can make up, messages that cost money."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from emulator import Fault
from emulator.people import Person
from emulator.whatsapp.app import WhatsAppApp
from emulator.whatsapp.webhook import signature_of
from tests.stories.handsets import APP_SECRET, BOTS, Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town

Json = dict[str, Any]

BOT = BOTS["whatsapp"]


@pytest.fixture
def clock() -> MovedClock:
    """Return the town's clock."""
    return MovedClock()


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with Telegram and WhatsApp, whose time can be moved."""
    async with town(tmp_path, clock, messengers=("telegram", "whatsapp")) as built:
        yield built


@pytest.fixture
def handset(here: Town) -> Handset:
    """Return WhatsApp as people have it on their phones."""
    return here.handset("whatsapp")


def whatsapp(here: Town) -> WhatsAppApp:
    """Return the emulated WhatsApp."""
    return here.telegram.whatsapp


def sent(here: Town) -> list[Json]:
    """Return the messages that we sent: what costs money."""
    calls = here.telegram.calls(messenger="whatsapp", method="messages")
    return [call.parameters for call in calls if call.status == 200 and "status" not in call.parameters]


def envelope(*values: Json) -> bytes:
    """Return a webhook's body with these values."""
    changes = [{"field": "messages", "value": value} for value in values]
    told = {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}
    return json.dumps(told).encode()


async def post(here: Town, body: bytes, signature: str | None = None) -> int:
    """Post to the webhook, signed by Meta's app unless told otherwise (empty = not signed), and return the status."""
    address = whatsapp(here).number(BOT).callback_url
    assert address is not None
    told = signature_of(APP_SECRET, body) if signature is None else signature
    headers = {"X-Hub-Signature-256": told} if told else {}
    async with here.browser.post(address, data=BytesIO(body), headers=headers) as answer:
        return answer.status


async def opened(here: Town, session: Json) -> bool:
    """Tell whether somebody holds the login."""
    return bool((await here.poll(session, type="status"))["messenger_opened"])


async def status(here: Town, session: Json) -> str:
    """Return how the login stands."""
    return str((await here.poll(session, type="status"))["status"])


def right(session: Json, handset: Handset, person: Person) -> str:
    """Return what the button with the right number sends."""
    rows = handset.newest(person).inline_keyboard or []
    number = str(session["match_number"])
    return next(str(each["callback_data"]) for row in rows for each in row if each["text"] == number)


async def test_what_meta_did_not_sign_is_refused(here: Town, handset: Handset) -> None:
    """T11: forged or unsigned, the answer is 401 and nothing happens; signed, the same body is heard."""
    anna = here.visitor()
    session = await here.create()
    handset.app.send_text(anna, BOT, "hello")
    body = envelope(whatsapp(here).text_value(anna, BOT, session["code"]))
    forged = [signature_of("another secret", body), signature_of(APP_SECRET, body + b" "), signature_of("", body)]
    for signature in ("", "sha256=", signature_of(APP_SECRET, body)[7:], *forged):
        assert await post(here, body, signature) == 401
    assert await post(here, b"{", "") == 401
    assert not await opened(here, session)
    assert await post(here, body) == 200
    await handset.next_message(anna, 0)
    assert await opened(here, session)
    assert len(sent(here)) == 1


async def test_what_meta_signed_is_taken_whatever_it_is(here: Town, handset: Handset) -> None:
    """200 for what makes no sense or is for another number: refused, it would hold up a batch for seven days."""
    anna = here.visitor()
    session, another = await here.create(), await here.create()
    handset.app.send_text(anna, BOT, "hello")
    value = whatsapp(here).text_value(anna, BOT, another["code"])
    value["metadata"]["phone_number_id"] = "999"
    for body in (b"", b"{", b"[" * 100_000, b'{"object": "page"}', envelope(value), envelope({}), envelope()):
        assert await post(here, body) == 200
    broken = whatsapp(here).text_value(anna, BOT, "hello")
    broken["messages"] = [{"id": "wamid.1"}, {**broken["messages"][0], "text": None, "id": "wamid.2"}, "x"]
    assert await post(here, envelope(broken)) == 200
    await handset.open(anna, session["links"]["whatsapp"])
    assert not await opened(here, another)
    assert len(sent(here)) == 1


async def test_the_door_is_where_only_meta_knows(here: Town) -> None:
    """Another path, another token: nothing is there, and no question is answered."""
    address = whatsapp(here).number(BOT).callback_url
    assert address is not None
    body = envelope()
    for path in (address[:-1], address.replace("/wa/", "/tg/"), address.replace("/wa/", "/x/")):
        async with here.browser.post(path, data=body) as answer:
            assert answer.status == 404
    question = {"hub.mode": "subscribe", "hub.challenge": "<b>1</b>", "hub.verify_token": "guess"}
    async with here.browser.get(address, params=question) as answer:
        assert answer.status == 403
        assert "<b>" not in await answer.text()


async def test_a_body_told_again_has_no_second_effect(here: Town, handset: Handset) -> None:
    """At once, side by side, and after the login was confirmed."""
    anna = here.visitor()
    session = await here.create()
    handset.app.send_text(anna, BOT, "hello")
    body = envelope(whatsapp(here).text_value(anna, BOT, session["code"]))
    assert await asyncio.gather(*(post(here, body) for _ in range(5))) == [200] * 5
    await handset.next_message(anna, 0)
    await handset.tap(anna, str(session["match_number"]))
    assert await post(here, body) == 200
    await handset.say(anna, "help")
    assert len(sent(here)) == 2
    assert "token" in await here.poll(session)


async def test_a_login_is_one_message(here: Town, handset: Handset) -> None:
    """The question; that the tap was heard is a read receipt, and how it ended stands on the website."""
    anna = here.visitor()
    for logins in (1, 2):
        session = await here.create()
        await handset.ask(anna, session["links"]["whatsapp"])
        await handset.tap(anna, str(session["match_number"]))
        assert "token" in await here.poll(session)
        assert len(sent(here)) == logins


async def test_a_stranger_without_a_live_code_hears_nothing(here: Town, handset: Handset, clock: MovedClock) -> None:
    """Texts, pictures, commands, cards, taps, unknown and expired codes: no answer, no cost."""
    anna = here.visitor()
    expired = await here.create()
    clock.ahead = timedelta(minutes=6)
    for text in ("hello", "help", "/lang", "stop", "no", "K7QM-4XRT-9BDA", expired["code"]):
        handset.app.send_text(anna, BOT, text)
    handset.app.send_text(anna, BOT, expired["code"], is_forwarded=True)
    handset.app.send_unsupported(anna, BOT)
    handset.app.forge_tap(anna, BOT, "y:0123456789abcdef01234567:42", message_id="wamid.0")
    picture = whatsapp(here).text_value(anna, BOT, "x")
    picture["messages"][0] |= {"type": "image", "image": {"id": "1", "caption": expired["code"]}}
    assert await post(here, envelope(picture)) == 200
    session = await here.create()
    await handset.ask(anna, session["links"]["whatsapp"])
    assert len(sent(here)) == 1


async def test_a_webhook_that_nobody_entered_is_seen(here: Town, handset: Handset) -> None:
    """Faults 4.6: a number that is up and was never called says so in ``/health``, until Meta calls."""

    async def why() -> str:
        async with here.browser.get(f"{here.url}/health") as answer:
            return str((await answer.json())["bots"]["wa"]["why"])

    await here.daemon.keepers.reached()
    assert (await why()).startswith("no call yet since 20")
    await handset.open(here.visitor(), (await here.create())["links"]["whatsapp"])
    assert await why() == ""


@pytest.mark.parametrize("limit", ["replies_per_person_per_day", "replies_per_day"])
async def test_answers_have_a_budget_a_day(tmp_path: Path, limit: str) -> None:
    """Beyond it nothing is sent; what was asked before can still be answered."""
    async with town(tmp_path, messengers=("whatsapp", "telegram"), bot={limit: 4}) as here:
        handset, anna, session = here.handset("whatsapp"), here.visitor(), await here.create()
        question = await handset.ask(anna, session["links"]["whatsapp"])
        await handset.say(anna, "help")
        for _ in range(3):
            handset.app.send_text(anna, BOT, "help")
        data = next(
            button["callback_data"]
            for row in question.inline_keyboard
            for button in row
            if button["text"] == str(session["match_number"])
        )
        tap = handset.app.tap(anna, BOT, data=data, message_id=question.id)
        assert await handset.app.wait_for_answer(tap) == {"read": True}
        assert "token" in await here.poll(session)
        assert len(sent(here)) == 2


@pytest.mark.parametrize(
    "draft", ["пустите меня! код {code}", "{code}", "Log me in:{code}!!!", "*{code}*", "привет\n{code}\nАнна"]
)
async def test_a_draft_may_be_edited(here: Town, handset: Handset, draft: str) -> None:
    """The code is found whatever became of the sentence, in small letters too."""
    anna = here.visitor()
    session = await here.create()
    handset.app.open_link(anna, session["links"]["whatsapp"], press_send=False)
    handset.app.send_draft(anna, BOT, draft.format(code=session["code"].lower().replace("-", " ")))
    question = await handset.next_message(anna, 0)
    assert question.inline_keyboard
    await handset.tap(anna, str(session["match_number"]))
    assert await status(here, session) == "confirmed"


async def test_of_two_codes_the_live_one_counts_and_two_live_ones_do_not(here: Town, handset: Handset) -> None:
    """Nobody can say which of two logins is meant; an old code beside the new one does no harm."""
    anna = here.visitor()
    first, second, third = [await here.create() for _ in range(3)]
    handset.app.send_text(anna, BOT, f"{first['code']} or {second['code']}")
    await handset.say(anna, third["code"])
    assert [await opened(here, session) for session in (first, second, third)] == [False, False, True]
    assert len(sent(here)) == 1
    async with here.browser.delete(f"{here.url}/api/v1/auth/session/{first['session_id']}") as answer:
        assert answer.status == 200
    await handset.say(anna, f"{first['code']} {second['code']}")
    assert await opened(here, second)


@pytest.mark.parametrize("details", [{"is_forwarded": True}, {"is_frequently_forwarded": True}, {"group_id": "1203"}])
async def test_a_forwarded_code_and_one_from_a_group_are_refused(here: Town, handset: Handset, details: Json) -> None:
    """T1: somebody else's login; whom we know is told why, but not in front of a group."""
    anna = here.visitor()
    first, session = await here.create(), await here.create()
    handset.app.send_text(anna, BOT, session["code"], **details)
    await handset.ask(anna, first["links"]["whatsapp"])
    assert len(sent(here)) == 1
    handset.app.send_text(anna, BOT, session["code"], **details)
    said = await handset.say(anna, "help")
    assert ("forwarded" in said.text) is ("group_id" not in details)
    assert not await opened(here, session)


async def test_who_comes_second_with_a_code_is_told_so(here: Town, handset: Handset) -> None:
    """And the first one's login goes on."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    session = await here.create()
    await handset.ask(anna, session["links"]["whatsapp"])
    said = await handset.open(boris, session["links"]["whatsapp"])
    assert "opened by somebody else" in said.text
    await handset.tap(anna, str(session["match_number"]))
    assert (await here.poll(session))["user"]["phone"] == f"+{anna.phone}"


async def test_only_the_holders_tap_on_the_very_question_counts(here: Town, handset: Handset) -> None:
    """A foreign sender, another question's mark, made-up data: each is marked as read, and nothing else."""
    anna, boris = here.visitor(), here.visitor(first_name="Boris")
    session = await here.create()
    question = await handset.ask(anna, session["links"]["whatsapp"])
    data = right(session, handset, anna)
    handset.app.send_text(boris, BOT, "hello")
    taps = [
        handset.app.tap(anna, BOT, data=data, as_person=boris),
        handset.app.forge_tap(boris, BOT, data, message_id=question.id),
        handset.app.forge_tap(anna, BOT, re.sub(r":[0-9a-f]{8}:", ":00000000:", data), message_id=question.id),
        handset.app.forge_tap(anna, BOT, re.sub(r":[0-9a-f]{8}:", ":", data), message_id=question.id),
        handset.app.forge_tap(anna, BOT, "y:nonsense"),
        handset.app.forge_tap(anna, BOT, "y:0123456789abcdef01234567:42"),
    ]
    for tap in taps:
        assert await handset.app.wait_for_answer(tap) == {"read": True}
    assert await status(here, session) == "pending"
    await handset.tap(anna, str(session["match_number"]))
    assert await status(here, session) == "confirmed"
    assert len(sent(here)) == 1


async def test_a_repeated_tap_changes_nothing(here: Town, handset: Handset) -> None:
    """Buttons stay: the same again, and another number afterwards."""
    anna = here.visitor()
    session = await here.create()
    await handset.ask(anna, session["links"]["whatsapp"])
    wrong = next(label for label in handset.labels(anna) if label != str(session["match_number"]))
    for label in (str(session["match_number"]), str(session["match_number"]), wrong):
        await handset.tap(anna, label)
        assert await status(here, session) == "confirmed"
    assert len(sent(here)) == 1


async def test_a_tap_after_the_end_is_refused(here: Town, handset: Handset, clock: MovedClock) -> None:
    """T6: messages may be delivered late, and their buttons never go away."""
    anna = here.visitor()
    session = await here.create()
    await handset.ask(anna, session["links"]["whatsapp"])
    clock.ahead = timedelta(minutes=5)
    await handset.tap(anna, str(session["match_number"]))
    assert await status(here, session) == "expired"
    assert len(sent(here)) == 1


async def test_a_tap_may_overtake_the_answer_to_our_question(here: Town, handset: Handset) -> None:
    """Meta tells us the message's id after the person has tapped below it."""
    anna = here.visitor()
    session = await here.create()
    here.telegram.add_fault(Fault("delay", when="after", seconds=0.3), method="messages")
    await handset.open(anna, session["links"]["whatsapp"])
    await handset.tap(anna, str(session["match_number"]))
    assert await status(here, session) == "confirmed"
    assert len(sent(here)) == 1


async def test_of_two_questions_within_a_minute_either_counts(here: Town, handset: Handset) -> None:
    """The link opened twice: both messages ask the same, and an answer under way to the older one is not lost."""
    anna = here.visitor()
    session = await here.create()
    older = await handset.open(anna, session["links"]["whatsapp"])
    await handset.open(anna, session["links"]["whatsapp"])
    tap = handset.app.tap(anna, BOT, str(session["match_number"]), message_id=older.id)
    assert await handset.app.wait_for_answer(tap) == {"read": True}
    assert await status(here, session) == "confirmed"
