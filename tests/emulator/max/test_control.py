"""The control API of the emulated MAX: everything a test may do, over HTTP alone."""

import asyncio
from typing import Any

import aiohttp
import pytest

from emulator import Emulator
from emulator.max.app import MaxApp
from emulator.people import Person
from tests.emulator.conftest import START_OF_TIME, Caller
from tests.emulator.max.conftest import LINK, SHARE, YES, MaxCaller

SENDER = {"person": 5_000_000_001, "bot": "id123_bot"}


@pytest.fixture
def control(session: aiohttp.ClientSession, base_url: str) -> Caller:
    """Use the control API."""
    return Caller(session, base_url, "")


async def done(control: Caller, path: str, body: object = None) -> dict[str, Any]:
    """Use the control API and return the answer, which must be a success."""
    status, answer = await control.control(path, body)
    assert status in (200, 201), answer
    return dict(answer)


async def test_a_whole_login_over_http(call: MaxCaller, control: Caller, anna: Person) -> None:
    """Link, contact, tap and answer: a whole conversation without one line of Python inside."""
    chat = "max/chat?person=5000000001&bot=id123_bot"
    opened = await done(control, "max/open_link", {"person": anna.id, "link": f"{LINK}?start=abc"})
    assert (opened["messenger"], opened["started"], opened["messages"]) == ("max", True, [])
    waiting = asyncio.create_task(done(control, f"{chat}&after=0&wait=5"))
    sent = await call.send("Number?", [SHARE])
    (message,) = (await waiting)["messages"]
    assert message == {
        "message_id": sent["body"]["mid"],
        "date": int(START_OF_TIME),
        "from_bot": True,
        "text": "Number?",
        "reply_markup": {"inline_keyboard": [[{"text": "Share", "request_contact": True}]]},
    }
    shared = await done(control, "max/share_contact", SENDER)
    assert shared["messages"][-1]["contact"]["phone_number"] == "79991234567"
    await call.send("Log in?", [YES])
    asked = await done(control, f"{chat}&after={message['message_id']}&wait=5")
    tapped = {**SENDER, "button": "Yes", "message_id": asked["messages"][-1]["message_id"], "wait": 5}
    tap = asyncio.create_task(done(control, "max/tap", tapped))
    while (update := (await call.news())[-1])["update_type"] != "message_callback":
        continue
    body = {"notification": "Done", "message": {"text": "Logged in", "attachments": []}}
    await call.result("POST /answers", body, callback_id=update["callback"]["callback_id"])
    assert (await tap)["answer"]["text"] == "Done"
    changed = await done(control, f"{chat}&revision={asked['revision']}&wait=5")
    assert changed["messages"][-1]["text"] == "Logged in"
    assert changed["messages"][-1]["edit_date"] == int(START_OF_TIME)
    assert (await done(control, f"phone?person={anna.id}"))["chats"] == [changed]


async def test_the_shape_of_a_chat_is_telegrams(emulator: Emulator, app: MaxApp, control: Caller, anna: Person) -> None:
    """What a chat tells has the same fields for both messengers."""
    emulator.add_bot("gate_bot")
    app.add_bot("id123_bot")
    telegrams = await done(control, f"telegram/chat?person={anna.id}&bot=gate_bot")
    assert set(await done(control, f"max/chat?person={anna.id}&bot=id123_bot")) == set(telegrams)


async def test_bots_of_every_messenger_are_listed(emulator: Emulator, control: Caller) -> None:
    """A bot is registered with a messenger, and all are listed."""
    made = await done(control, "bots", {"messenger": "max", "username": "shop_bot", "first_name": "Shop"})
    await done(control, "bots", {"username": "shop_bot", "token": "1:abc"})
    await done(control, "bots", {"messenger": "whatsapp", "username": "+49 1511 2345678", "token": "wide-token"})
    token = made.pop("token")
    assert (made["messenger"], made["username"], made["first_name"]) == ("max", "shop_bot", "Shop")
    listed = (await done(control, "bots"))["bots"]
    assert [bot["messenger"] for bot in listed] == ["telegram", "max", "whatsapp"]
    assert listed[1] == made
    assert [bot.token for bot in emulator.bots()] == ["1:abc", token, "wide-token"]
    assert (await done(control, "max/reissue", {"bot": "shop_bot"}))["token"] != token
    assert await done(control, "max/revoke", {"bot": "shop_bot"}) == {"revoked": True}


async def test_every_other_verb(call: MaxCaller, app: MaxApp, control: Caller, anna: Person) -> None:
    """START, text, forged taps, stopping and starting work by their routes, and chats tell their state."""
    link = {"person": anna.id, "link": "max.ru/id123_bot?start=abc", "press_start": False}
    waiting = await done(control, "max/open_link", link)
    assert (waiting["started"], waiting["start_payload"]) == (False, "abc")
    assert (await done(control, "max/press_start", SENDER))["started"] is True
    told = await done(control, "max/text", {**SENDER, "text": "Hi", "forwarded": True})
    assert told["messages"][-1]["forward_origin"] == {"type": "user"}
    forged = await done(control, "max/tap", {**SENDER, "data": "forged", "force": True})
    assert (forged["message_id"], forged["data"], forged["answer"]) == (None, "forged", None)
    await call.send("Number?", [SHARE])
    assert await done(control, "max/tap", {**SENDER, "button": "Share"}) == {
        "button": {"text": "Share", "request_contact": True}
    }
    strange = {"update_type": "moon_landed"}
    assert await done(control, "max/inject", {"bot": "id123_bot", "update": strange}) == {"injected": True}
    contact = {**SENDER, "phone_number": "8 800", "signed": True, "trick": "two_numbers", "forwarded": True}
    shared = await done(control, "max/share_contact", contact)
    assert shared["messages"][-1]["contact"]["phone_number"] == "8 800"
    sent = {"text": "Yes?", "link": {"type": "reply", "mid": shared["messages"][-1]["message_id"]}}
    await call.result("POST /messages", sent, user_id=call.user)
    assert (await done(control, "max/block", SENDER))["blocked"] is True
    state = await done(control, "max/unblock", SENDER)
    assert state["blocked"] is False
    assert state["messages"][-1]["reply_to_message_id"] == shared["messages"][-1]["message_id"]
    assert await done(control, "max/poll?bot=id123_bot") == {"polling": False}
    assert app.chat(anna, "id123_bot").is_started


async def test_what_the_platform_does(call: MaxCaller, emulator: Emulator, control: Caller) -> None:
    """Subscriptions are listed and dropped, behaviour and limits are switched, and a reset forgets it all."""
    await call.result("POST /subscriptions", {"url": "http://127.0.0.1:9/hook"})
    (listed,) = (await done(control, "max/subscriptions?bot=id123_bot&wait=5"))["subscriptions"]
    assert (listed["url"], listed["delivered"], listed["failures"]) == ("http://127.0.0.1:9/hook", 0, 0)
    assert await done(control, "max/drop_subscriptions", {"bot": "id123_bot"}) == {"subscriptions": []}
    usual = {"existing_dialog": "bot_started", "callbacks_lack_message": False, "empty_polls_lack_marker": False}
    assert await done(control, "max/behaviour") == usual
    assert (await done(control, "max/behaviour", {"existing_dialog": "text"}))["existing_dialog"] == "text"
    assert await done(control, "max/limits") == {"on": False, "per_second": 10, "chat_per_second": 2}
    assert (await done(control, "max/limits", {"on": True, "per_second": 1}))["on"] is True
    await call.result("GET /me")
    assert (await call.refusal("GET /me"))[0] == 429
    await done(control, "reset", {})
    assert (emulator.bots(), emulator.max.existing_dialog, emulator.max.limits.is_on) == ([], "bot_started", False)


@pytest.mark.usefixtures("call", "known")
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("max/text", {**SENDER, "bot": "nobody_bot", "text": "Hi"}, 404, "no_such_bot"),
        ("max/tap", {**SENDER, "button": "No"}, 404, "no_such_button"),
        ("max/tap", {**SENDER, "force": True}, 400, "bad_request"),
        ("max/share_contact", {**SENDER, "trick": "magic"}, 400, "bad_request"),
        ("max/share_contact", SENDER, 409, "no_contact_button"),
        ("max/press_start", SENDER, 409, "no_start_button"),
        ("max/inject", {"bot": "id123_bot", "update": {}}, 400, "bad_update"),
        ("max/chat?person=5000000001&bot=id123_bot&after=mid.404", None, 404, "no_such_message"),
        ("max/behaviour", {"existing_dialog": "dance"}, 400, "bad_request"),
        ("bots", {"messenger": "pigeon", "username": "shop_bot"}, 400, "bad_request"),
    ],
)
async def test_mistakes_are_explained(control: Caller, path: str, body: object, status: int, code: str) -> None:
    """A request that cannot be done is answered with a stable code and a sentence."""
    answered, answer = await control.control(path, body)
    assert (answered, answer["error"]) == (status, code)


async def test_the_link_leads_to_the_phone(session: aiohttp.ClientSession, base_url: str) -> None:
    """A deep link leads to the phone with the link in hand."""
    async with session.get(f"{base_url}/max.ru/id123_bot?start=abc", allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == "/phone?messenger=max&bot=id123_bot&start=abc"


async def test_only_the_bots_side_is_open_to_other_names(call: MaxCaller) -> None:
    """A bot may call by any host name, as the daemon in another container does; pages and control may not."""
    headers = {"Host": "emulator", "Authorization": "unknown"}
    for path, status in (("/me", 401), ("/updates", 401), ("/chats/5/actions", 401), ("/control/people", 403)):
        async with call.session.get(f"{call.base_url}{path}", headers=headers) as response:
            assert response.status == status, path
