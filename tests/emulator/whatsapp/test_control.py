"""The control API of WhatsApp: everything a test may do, over HTTP alone."""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from emulator import Emulator
from emulator.people import Person
from tests.emulator.whatsapp.conftest import CONTACT_REQUEST, VERIFY_TOKEN, YES_NO, Business, Callback, text

CHAT = {"person": 5_000_000_001, "bot": "79990000001"}
BOT = {"bot": "79990000001"}


async def done(business: Business, path: str, body: object = None) -> dict[str, Any]:
    """Use the control API and return the answer, which must be a success."""
    status, answer = await business.control(path, body)
    assert status in (200, 201), answer
    return dict(answer)


async def test_a_whole_login_over_http(
    emulator: Emulator, session: aiohttp.ClientSession, base_url: str, anna: Person, callback: Callback
) -> None:
    """Number, callback, link, draft, contact and tap: a whole conversation without one line of Python inside."""
    asking = Business(session, base_url, emulator.whatsapp.add_number("+7 999 000-00-09"))
    made = await done(asking, "whatsapp/numbers", {"phone": "+7 999 000-00-01", "verified_name": "Gate"})
    business = Business(session, base_url, emulator.whatsapp.number(made["username"]))
    assert (made["token"], made["app_secret"]) == (business.number.token, business.number.app_secret)
    assert (await done(business, "bots"))["bots"][-1] == {
        "messenger": "whatsapp",
        "username": "79990000001",
        "first_name": "Gate",
        "id": business.number.phone_number_id,
    }
    subscription = {**BOT, "url": callback.url, "verify_token": VERIFY_TOKEN}
    assert (await done(business, "whatsapp/subscribe", subscription))["subscribed"] is True
    link = {"person": anna.id, "link": f"{base_url}/wa.me/79990000001?text=Code%20K7QM", "press_start": False}
    opened = await done(business, "whatsapp/open_link", link)
    assert (opened["draft"], opened["messages"]) == ("Code K7QM", [])
    await done(business, "whatsapp/draft", {**CHAT, "text": "K7QM"})
    assert (await callback.message())["text"]["body"] == "K7QM"
    waiting = asyncio.create_task(done(business, "whatsapp/chat?person=5000000001&bot=79990000001&after=0&wait=5"))
    asked = await business.sent(anna, **YES_NO)
    assert (await waiting)["messages"][-1]["message_id"] == asked
    tap = asyncio.create_task(done(business, "whatsapp/tap", {**CHAT, "button": "Yes", "wait": 5}))
    await business.read((await callback.message())["id"])
    assert (await tap)["answer"] == {"read": True}
    await business.sent(anna, **CONTACT_REQUEST)
    shared = await done(business, "whatsapp/share_contact", CHAT)
    assert shared["messages"][-1]["contact"]["phone_number"] == "79991234567"


async def test_a_chat_looks_as_in_other_messengers(business: Business, talking: Person) -> None:
    """The state of a chat has the shape the phone knows from Telegram, with a draft and each message's status."""
    asked = await business.sent(talking, **YES_NO)
    hello = next(iter(business.number.received))
    await business.read(hello, typing_indicator={"type": "text"})
    (chat,) = (await done(business, f"phone?person={talking.id}"))["chats"]
    revision = chat.pop("revision")
    assert chat == {
        "messenger": "whatsapp",
        "bot": "79990000001",
        "bot_name": "Gate",
        "person": talking.id,
        "started": True,
        "blocked": False,
        "start_payload": None,
        "draft": "",
        "action": "typing",
        "messages": [
            {"message_id": hello, "date": 1_790_000_000, "from_bot": False, "text": "Hello", "status": "read"},
            {
                "message_id": asked,
                "date": 1_790_000_000,
                "from_bot": True,
                "text": "Sign in?",
                "reply_markup": {
                    "inline_keyboard": [
                        [{"text": "Yes", "callback_data": "ok:1"}],
                        [{"text": "No", "callback_data": "no:1"}],
                    ]
                },
                "status": "delivered",
            },
        ],
        "reply_keyboard": None,
    }
    path = f"whatsapp/chat?person={talking.id}&bot=79990000001"
    changing = asyncio.create_task(done(business, f"{path}&revision={revision}&wait=5"))
    await done(business, "whatsapp/read", CHAT)
    assert (await changing)["messages"][-1]["status"] == "read"
    assert await business.control(f"{path}&after={quote(asked, safe='')}&wait=0.01") == (
        409,
        {"error": "no_message", "message": "The business sent nothing within 0.01 seconds."},
    )


async def test_every_other_verb_of_people(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """Odd texts, forged taps, blocking, new numbers and appearances work by their routes."""
    odd = {**CHAT, "text": "Hi", "forwarded": True, "group_id": "1", "timestamp_offset": -60}
    assert (await done(business, "whatsapp/text", odd))["messages"][-1]["forward_origin"] == {"type": "hidden_user"}
    while "group_id" not in (message := await subscribed.message()):
        continue
    assert (message["context"], message["timestamp"]) == ({"forwarded": True}, "1789999940")
    forged = {**CHAT, "data": "forged", "message_id": "wamid.gone", "force": True}
    tapped = await done(business, "whatsapp/tap", forged)
    assert (tapped["message_id"], tapped["data"], tapped["answer"]) == ("wamid.gone", "forged", None)
    await business.sent(talking, **CONTACT_REQUEST)
    assert (await done(business, "whatsapp/tap", CHAT))["button"]["request_contact"] is True
    await done(business, "whatsapp/unsupported", CHAT)
    assert (await done(business, "whatsapp/block", CHAT))["blocked"] is True
    assert (await done(business, "whatsapp/unblock", CHAT))["blocked"] is False
    changed = await done(business, "whatsapp/change_number", {**CHAT, "phone": "+491511234567"})
    assert changed["wa_id"] == "491511234567"
    assert (await done(business, "whatsapp/change_number", CHAT))["user_id"] != changed["user_id"]
    for shows, is_named in (("username", True), ("phone", False), ("both", False)):
        shown = await done(business, "whatsapp/appearance", {"person": talking.id, "shows": shows, "wa_id": "49"})
        assert (shown["wa_id"], bool(shown["username"])) == ("49", is_named)
    assert emulator.whatsapp.identity(talking).is_legacy is False


async def test_every_other_verb_of_numbers(
    emulator: Emulator, business: Business, subscribed: Callback, talking: Person
) -> None:
    """Templates, failures, bans, odd webhooks, limits and revoked tokens work by their routes."""
    template = {**BOT, "name": "news", "body": "News"}
    assert (await done(business, "whatsapp/templates", template))["language"] == "en_US"
    await done(business, "whatsapp/fail_next", {**BOT, "codes": [131042]})
    await business.sent(talking, **text())
    assert (await subscribed.status())["errors"][0]["code"] == 131042
    await done(business, "whatsapp/inject", {**BOT, "value": {"odd": True}, "signature": "missing"})
    first = await subscribed.raw()
    await done(business, "whatsapp/repeat", BOT)
    assert first[0] is None
    assert await subscribed.raw() == first
    await done(business, "whatsapp/hold", {})
    emulator.whatsapp.send_text(talking, business.number, "Hi")
    assert await done(business, "whatsapp/release_held", {}) == {"bodies": 1}
    assert await done(business, "whatsapp/ban", CHAT | {"banned": True}) == {"banned": True}
    limits = {"on": False, "per_second": 80, "pair_seconds": 6, "pair_burst": 45}
    assert await done(business, "whatsapp/limits") == limits
    assert await done(business, "whatsapp/limits", {"on": True}) == {**limits, "on": True}
    (listed,) = (await done(business, "whatsapp/numbers"))["numbers"]
    assert (listed["account_id"], "token" in listed) == (business.number.account_id, False)
    await done(business, "whatsapp/revoke", BOT)
    assert (await business.call("GET", business.number.phone_number_id))[0] == 401
    await done(business, "reset", {})
    assert (emulator.whatsapp.numbers(), emulator.whatsapp.limits.is_on) == ([], False)


@pytest.mark.usefixtures("talking")
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("whatsapp/text", {**CHAT, "text": " "}, 400, "bad_text"),
        ("whatsapp/text", {**CHAT, "words": "Hi"}, 400, "bad_request"),
        ("whatsapp/text", {**CHAT, "bot": "1", "text": "Hi"}, 404, "no_such_number"),
        ("whatsapp/tap", {**CHAT, "button": "No"}, 404, "no_such_button"),
        ("whatsapp/tap", {**CHAT, "force": True}, 400, "bad_request"),
        ("whatsapp/draft", CHAT, 409, "no_draft"),
        ("whatsapp/open_link", {"person": 5_000_000_001, "link": "https://t.me/x"}, 400, "bad_link"),
        ("whatsapp/subscribe", {**BOT, "url": "http://127.0.0.1:9/", "verify_token": "x"}, 409, "not_verified"),
        ("whatsapp/chat?person=5000000001&bot=79990000001&after=wamid.x", None, 404, "no_such_message"),
    ],
)
async def test_mistakes_are_explained(business: Business, path: str, body: object, status: int, code: str) -> None:
    """A request that cannot be done is answered with a stable code and a sentence."""
    answered, answer = await business.control(path, body)
    assert (answered, answer["error"]) == (status, code)


async def test_a_link_leads_to_the_phone(session: aiohttp.ClientSession, base_url: str) -> None:
    """The emulator's own link leads to the phone with number and text in hand, plus signs as they are."""
    for path, status, target in (
        (
            "/wa.me/79990000001?text=Sign%20in%3A%20a+b",
            302,
            "/phone?messenger=whatsapp&bot=79990000001&text=Sign%20in%3A%20a%2Bb",
        ),
        ("/wa.me/gate", 400, None),
    ):
        async with session.get(f"{base_url}{path}", allow_redirects=False) as response:
            assert (response.status, response.headers.get("Location")) == (status, target)


async def test_foreign_hosts_reach_the_api_only(business: Business) -> None:
    """The Cloud API answers by any host name, as the Bot API does; the control API does not."""
    foreign = {"Host": "graph.example", "Authorization": f"Bearer {business.number.token}"}
    for path, status in ((f"v26.0/{business.number.phone_number_id}", 200), ("control/whatsapp/numbers", 403)):
        async with business.session.get(f"{business.base_url}/{path}", headers=foreign) as response:
            assert response.status == status
