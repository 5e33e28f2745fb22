"""The control API: everything a test may do, over HTTP alone, and nothing for foreign pages."""

import asyncio
from typing import Any

import aiohttp
import pytest

from emulator import Emulator, serve
from emulator.people import Person
from tests.emulator.conftest import Caller
from tests.emulator.test_sending import BUTTONS, CONTACT

SENDER = {"person": 5_000_000_001, "bot": "gate_bot"}


async def done(caller: Caller, path: str, body: object = None) -> dict[str, Any]:
    """Use the control API and return the answer, which must be a success."""
    status, answer = await caller.control(path, body)
    assert status in (200, 201), answer
    return dict(answer)


async def test_a_whole_login_over_http(session: aiohttp.ClientSession, base_url: str) -> None:
    """Bot, person, link, contact, tap and answer: a whole conversation without one line of Python inside."""
    caller = Caller(session, base_url, "")
    bot = await done(caller, "bots", {"username": "shop_bot", "first_name": "Shop"})
    caller = Caller(session, base_url, bot["token"])
    assert (await done(caller, "bots"))["bots"] == [
        {"messenger": "telegram", "username": "shop_bot", "first_name": "Shop", "id": int(bot["token"].split(":")[0])}
    ]
    person = await done(caller, "people", {"first_name": "Boris", "phone": "+49 1511 2345678"})
    assert (await done(caller, "people"))["people"] == [person]
    chat = {"person": person["id"], "bot": "shop_bot"}
    opened = await done(
        caller, "telegram/open_link", {"person": person["id"], "link": f"{base_url}/t.me/shop_bot?start=abc"}
    )
    assert (opened["started"], opened["messages"][0]["text"]) == (True, "/start abc")
    await caller.result("sendMessage", chat_id=person["id"], text="Number?", reply_markup=CONTACT)
    shared = await done(caller, "telegram/share_contact", chat)
    assert shared["messages"][-1]["contact"]["phone_number"] == "4915112345678"
    asked = await caller.result("sendMessage", chat_id=person["id"], text="Sure?", reply_markup=BUTTONS)
    tap = asyncio.create_task(done(caller, "telegram/tap", {**chat, "button": "Yes", "wait": 5}))
    update = (await caller.result("getUpdates", offset=-1, timeout=5))[0]
    while "callback_query" not in update:
        update = (await caller.result("getUpdates", offset=update["update_id"] + 1, timeout=5))[0]
    await caller.result("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Done")
    assert (await tap)["answer"]["text"] == "Done"
    state = await done(caller, f"telegram/chat?person={person['id']}&bot=shop_bot")
    assert state["messages"][-1]["message_id"] == asked["message_id"]


async def test_every_other_verb(caller: Caller, emulator: Emulator, anna: Person) -> None:
    """START, text, forged taps, blocking and unblocking work by their routes, and chats tell their state."""
    link = {"person": anna.id, "link": "t.me/gate_bot?start=abc", "press_start": False}
    waiting = await done(caller, "telegram/open_link", link)
    assert (waiting["started"], waiting["start_payload"]) == (False, "abc")
    assert (await done(caller, "telegram/press_start", SENDER))["started"] is True
    assert (await done(caller, "telegram/text", {**SENDER, "text": "Hi"}))["messages"][-1]["text"] == "Hi"
    forged = await done(caller, "telegram/tap", {**SENDER, "data": "forged", "force": True})
    assert (forged["data"], forged["answer"]) == ("forged", None)
    markup = {"inline_keyboard": [[{"text": "Site", "url": "https://example.org/"}]]}
    await caller.result("sendMessage", chat_id=anna.id, text="Look", reply_markup=markup)
    tapped = await done(caller, "telegram/tap", {**SENDER, "button": "Site"})
    assert tapped == {"button": {"text": "Site", "url": "https://example.org/"}}
    assert (await done(caller, "telegram/block", SENDER))["blocked"] is True
    assert (await done(caller, "telegram/unblock", SENDER))["blocked"] is False
    emulator.add_person(id=77, first_name="Boris", phone="+4915112345678")
    contact = {**SENDER, "owner": 77, "has_user_id": False, "forwarded": True}
    message = (await done(caller, "telegram/share_contact", contact))["messages"][-1]
    assert message["contact"] == {"phone_number": "4915112345678", "first_name": "Boris"}


async def test_waiting_over_http(caller: Caller, started: Person) -> None:
    """A chat can be asked for once there is a message above an id, or any change since a revision."""
    chat = f"telegram/chat?person={started.id}&bot=gate_bot"
    before = await done(caller, chat)
    waiting = asyncio.create_task(done(caller, f"{chat}&after=0&wait=5"))
    sent = await caller.result("sendMessage", chat_id=started.id, text="Hi")
    assert (await waiting)["messages"][-1]["message_id"] == sent["message_id"]
    changed = await done(caller, f"{chat}&revision={before['revision']}&wait=5")
    assert changed["revision"] > before["revision"]
    status, answer = await caller.control(f"{chat}&after={sent['message_id']}&wait=0.01")
    assert (status, answer["error"]) == (409, "no_message")
    phone = await done(caller, f"phone?person={started.id}")
    assert phone["chats"] == [changed]
    waiting = asyncio.create_task(done(caller, f"phone?person={started.id}&revision={phone['revision']}&wait=5"))
    await caller.result("sendMessage", chat_id=started.id, text="Ho")
    assert (await waiting)["chats"][0]["messages"][-1]["text"] == "Ho"


async def test_calls_are_logged(caller: Caller, started: Person) -> None:
    """The log shows every call with its decoded parameters and its answer, and can be narrowed."""
    await caller.result("sendMessage", chat_id=started.id, text="Hi", reply_markup=BUTTONS)
    await caller.refusal("sendMessage", chat_id=404, text="Hi")
    sent, refused = (await done(caller, "calls?messenger=telegram&bot=gate_bot&method=sendmessage"))["calls"]
    assert sent["parameters"] == {"chat_id": str(started.id), "text": "Hi", "reply_markup": BUTTONS}
    assert (sent["status"], sent["answer"]["result"]["text"]) == (200, "Hi")
    assert refused["answer"]["description"] == "Bad Request: chat not found"
    assert (await done(caller, "calls?bot=other_bot"))["calls"] == []


async def test_the_log_is_bounded() -> None:
    """An emulator keeps the last calls only, and none when told so."""
    for size, kept in ((2, 2), (0, 0)):
        emulator = Emulator(log_size=size)
        bot = emulator.add_bot("gate_bot")
        async with serve(emulator) as url, aiohttp.ClientSession() as session:
            for _ in range(3):
                await Caller(session, url, bot.token).result("getMe")
        assert len(emulator.calls()) == kept


async def test_faults_over_http(session: aiohttp.ClientSession, caller: Caller) -> None:
    """Faults are added, listed, counted down and cleared, and so is an outage."""
    added = await done(caller, "faults", {"kind": "status", "status": 502, "method": "getMe", "count": 2})
    assert (added["kind"], added["count"], added["skip"]) == ("status", 2, 0)
    assert (await caller.form("getMe"))[0] == 502
    garbage = await done(caller, "faults", {"kind": "garbage", "count": None})
    assert garbage["status"] == 502
    listed = await done(caller, "faults")
    assert [rule["count"] for rule in listed["faults"]] == [1, None]
    await done(caller, "outage", {"status": 503})
    async with session.delete(f"{caller.base_url}/control/faults/{added['id']}") as response:
        assert await response.json() == {"faults": [garbage], "outage": 503}
    async with session.delete(f"{caller.base_url}/control/faults") as response:
        assert await response.json() == {"faults": [], "outage": None}


async def test_clock_limits_and_reset(caller: Caller, emulator: Emulator, started: Person) -> None:
    """Time moves, limits are switched, and a reset forgets everything."""
    before = await done(caller, "clock")
    assert (await done(caller, "clock", {"advance": 60}))["now"] == before["now"] + 60
    assert await done(caller, "limits") == {"on": False, "per_second": 30, "chat_per_second": 1, "chat_burst": 5}
    changed = await done(caller, "limits", {"on": True, "chat_burst": 1})
    assert (changed["on"], changed["chat_burst"]) == (True, 1)
    await caller.result("sendMessage", chat_id=started.id, text="Hi")
    status, _ = await caller.refusal("sendMessage", chat_id=started.id, text="Hi")
    assert status == 429
    assert await done(caller, "reset", {}) == {"reset": True}
    assert (emulator.bots(), emulator.people.all(), emulator.calls()) == ([], [], [])
    assert emulator.limits.is_on is False


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("telegram/text", {**SENDER, "text": " "}, 400, "bad_text"),
        ("telegram/text", {**SENDER, "words": "Hi"}, 400, "bad_request"),
        ("telegram/text", {**SENDER, "bot": "nobody_bot", "text": "Hi"}, 404, "no_such_bot"),
        ("telegram/tap", {**SENDER, "button": "No"}, 404, "no_such_button"),
        ("telegram/tap", {**SENDER, "force": True}, 400, "bad_request"),
        ("telegram/press_start", SENDER, 409, "no_start_button"),
        ("telegram/chat?person=anna&bot=gate_bot", None, 400, "bad_request"),
        ("phone?person=404", None, 404, "no_such_person"),
        ("faults", {"kind": "earthquake"}, 400, "bad_request"),
        ("nowhere", None, 404, "no_such_route"),
        ("telegram/text", None, 405, "method_not_allowed"),
    ],
)
async def test_mistakes_are_explained(caller: Caller, path: str, body: object, status: int, code: str) -> None:
    """A request that cannot be done is answered with a stable code and a sentence."""
    answered, answer = await caller.control(path, body)
    assert (answered, answer["error"]) == (status, code)
    assert answer["message"]


async def test_foreign_pages_and_names_are_refused(session: aiohttp.ClientSession, base_url: str) -> None:
    """Another site's page may not use the control API, and neither may a name that was made to point here."""
    own = {"Origin": base_url}
    for headers, status in (
        ({}, 200),
        (own, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example:80"}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "["}, 403),
    ):
        async with session.get(f"{base_url}/control/people", headers=headers) as response:
            assert response.status == status, headers
    async with session.get(f"{base_url}/phone", headers={"Host": "evil.example"}) as response:
        assert response.status == 403


async def test_host_names_can_be_allowed(session: aiohttp.ClientSession) -> None:
    """An emulator in a network of its own answers to the names it is given, or to all."""
    for allowed in (["emulator"], ["*"]):
        async with serve(Emulator(), allowed_hosts=allowed) as url:
            headers = {"Host": "Emulator:8090"}
            async with session.get(f"{url}/control/people", headers=headers) as response:
                assert response.status == 200


async def test_stopping_lets_waiting_requests_go(emulator: Emulator, anna: Person) -> None:
    """A server that stops ends long polls, hanging calls and waiting pages at once."""
    bot = emulator.add_bot("gate_bot")
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as session:
        async with serve(emulator) as url:
            caller = Caller(session, url, bot.token)
            phone = asyncio.create_task(caller.control(f"phone?person={anna.id}&revision=9&wait=50"))
            poll = asyncio.create_task(caller.result("getUpdates", timeout=50))
            assert await emulator.wait_for_poll(bot)
            assert await caller.control("telegram/poll?bot=gate_bot&wait=5") == (200, {"polling": True})
            begun = loop.time()
        assert loop.time() - begun < 1.5
        assert await poll == []
        with pytest.raises(aiohttp.ClientConnectionError):
            await phone


async def test_the_page_and_its_links(session: aiohttp.ClientSession, base_url: str) -> None:
    """The root leads to the phone, a deep link to the phone with the link in hand; the page loads nothing foreign."""
    for path, target in (("/", "/phone"), ("/t.me/gate_bot?start=abc", "/phone?bot=gate_bot&start=abc")):
        async with session.get(f"{base_url}{path}", allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, target)
    for path, kind in (
        ("/phone", "text/html"),
        ("/phone/phone.js", "text/javascript"),
        ("/phone/frame.css", "text/css"),
        ("/phone/icon.svg", "image/svg+xml"),
    ):
        async with session.get(f"{base_url}{path}") as response:
            assert response.status == 200
            assert response.content_type == kind
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    async with session.get(f"{base_url}/phone/nothing.js") as response:
        assert response.status == 404
