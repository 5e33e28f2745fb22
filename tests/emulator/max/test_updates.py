"""How bots hear of what people do in MAX: the shape of updates, polling with markers, conflicts and lifetimes."""

import asyncio

import pytest

from emulator import Emulator, Fault
from emulator.max.app import MaxApp
from emulator.max.model import Bot
from emulator.people import Person
from tests.emulator.conftest import START_OF_TIME
from tests.emulator.max.conftest import LINK, TOKEN, YES, MaxCaller

NOW = int(START_OF_TIME * 1000)
POLLED = (409, "conflict", "Another long polling request is waiting")


async def test_a_deep_link_is_heard_as_bot_started(call: MaxCaller, app: MaxApp, anna: Person) -> None:
    """Opening a link tells the payload, the dialog's id, which is below zero, and the person."""
    app.open_link(anna, f"{LINK}?start=abc-DEF_123")
    user = {"user_id": call.user, "first_name": "Anna", "last_name": "Petrova", "is_bot": False}
    chat_id = app.chat(anna, "id123_bot").chat_id
    started = {
        "update_type": "bot_started",
        "timestamp": NOW,
        "chat_id": chat_id,
        "user": user,
        "payload": "abc-DEF_123",
        "user_locale": "en",
    }
    assert await call.news() == [started]
    assert chat_id < 0
    assert call.user != anna.id


async def test_names_that_are_not_set_are_absent(emulator: Emulator, call: MaxCaller, app: MaxApp) -> None:
    """Somebody without last name, username and language has none of these fields; others have."""
    for details in ({"language_code": ""}, {"username": "boris", "last_name": "B", "language_code": "ru"}):
        person = emulator.add_person(first_name="Boris", **details)  # type: ignore[arg-type]
        app.open_link(person, LINK)
    bare, whole = await call.news()
    assert set(bare) == {"update_type", "timestamp", "chat_id", "user"}
    assert set(bare["user"]) == {"user_id", "first_name", "is_bot"}
    assert set(whole["user"]) == {"user_id", "first_name", "is_bot", "last_name", "username"}


async def test_a_message_carries_what_max_sends(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """A text says who wrote to whom in which dialog; a forwarded one stands in the link, its own body is empty."""
    sent = app.send_text(known, max_bot, " Hello ")
    app.send_text(known, max_bot, "/start abc", is_forwarded=True)
    own, forwarded = await call.news()
    assert own == {
        "update_type": "message_created",
        "timestamp": NOW,
        "user_locale": "en",
        "message": {
            "sender": {"user_id": call.user, "first_name": "Anna", "last_name": "Petrova", "is_bot": False},
            "recipient": {
                "chat_id": app.chat(known, max_bot).chat_id,
                "chat_type": "dialog",
                "user_id": max_bot.id,
            },
            "timestamp": NOW,
            "body": {"mid": sent.id, "seq": sent.seq, "text": "Hello", "attachments": []},
        },
    }
    assert forwarded["message"]["body"]["text"] == ""
    link = forwarded["message"]["link"]
    assert (link["type"], link["message"]["text"]) == ("forward", "/start abc")
    assert link["sender"]["user_id"] == call.user


async def test_a_callback_does_not_tell_its_dialog(call: MaxCaller, app: MaxApp, known: Person) -> None:
    """A tap tells payload, person and message, whose recipient has no chat_id; when so switched there is no message."""
    asked = await call.send("Log in?", [YES])
    tap = app.tap(known, "id123_bot", "Yes")
    app.behaviour.callbacks_lack_message = True
    app.tap(known, "id123_bot", data="yes")
    whole, bare = await call.news()
    user = {"user_id": call.user, "first_name": "Anna", "last_name": "Petrova", "is_bot": False}
    assert whole["callback"] == {"timestamp": NOW, "callback_id": tap.id, "payload": "yes", "user": user}
    assert whole["message"]["recipient"] == {"chat_type": "dialog", "user_id": call.user}
    assert whole["message"]["sender"]["is_bot"] is True
    assert whole["message"]["body"] == asked["body"]
    assert bare["callback"]["payload"] == "yes"
    assert bare["message"] is None


async def test_stopping_is_told_twice(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """A stopped bot hears bot_stopped and dialog_removed together, and bot_started without payload when resumed."""
    app.block(known, max_bot)
    app.unblock(known, max_bot)
    news = await call.news()
    assert [update["update_type"] for update in news] == ["bot_stopped", "dialog_removed", "bot_started"]
    assert "payload" not in news[2]
    assert {update["chat_id"] for update in news} == {app.chat(known, max_bot).chat_id}


async def test_anything_can_be_injected(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """Unknown kinds of updates and attachments reach the bot as they are, whatever kinds it asked for."""
    strange = {"update_type": "moon_landed", "timestamp": 5, "moon": {"phase": 1}}
    app.inject(max_bot, strange)
    app.inject(max_bot, {"update_type": "message_created", "message": {"body": {"attachments": [{"type": "smell"}]}}})
    app.send_text(known, max_bot, "not asked for")
    first, second = await call.news(types="bot_started")
    assert first == strange
    assert second["timestamp"] == NOW
    with pytest.raises(Exception, match="update_type"):
        app.inject(max_bot, {})


async def test_markers_commit(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """Updates come again until the marker behind them is sent; an empty answer has a marker, or null if so switched."""
    for text in ("one", "two", "three"):
        app.send_text(known, max_bot, text)
    first = await call.result("GET /updates", limit=2, timeout=0)
    assert await call.result("GET /updates", limit=2, timeout=0) == first
    rest = await call.result("GET /updates", marker=first["marker"], timeout=0)
    assert [update["message"]["body"]["text"] for update in rest["updates"]] == ["three"]
    assert await call.result("GET /updates", timeout=0) == rest
    empty = await call.result("GET /updates", marker=rest["marker"], timeout=0)
    assert empty == {"updates": [], "marker": rest["marker"]}
    app.behaviour.empty_polls_lack_marker = True
    assert await call.result("GET /updates", timeout=0) == {"updates": [], "marker": None}


async def test_a_poll_waits_for_the_kinds_it_asked_for(
    call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot
) -> None:
    """A poll is answered as soon as something happens of a kind it named."""
    poll = asyncio.create_task(call.result("GET /updates", types="bot_stopped,bot_started", timeout=30))
    assert await app.wait_for_poll(max_bot)
    app.send_text(known, max_bot, "Hello")
    assert await app.wait_for_poll(max_bot)
    app.block(known, max_bot)
    assert [update["update_type"] for update in (await poll)["updates"]] == ["bot_stopped"]


async def test_a_second_poll_is_refused(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """Beside a poll that waits another is a 409, and the first goes on; one whose caller is gone is in nobody's way."""
    first = asyncio.create_task(call.result("GET /updates", timeout=30))
    assert await app.wait_for_poll(max_bot)
    assert await call.refusal("GET /updates", timeout=30) == POLLED
    app.send_text(known, max_bot, "Hello")
    answer = await first
    assert len(answer["updates"]) == 1
    gone = asyncio.create_task(call.result("GET /updates", marker=answer["marker"], timeout=30))
    assert await app.wait_for_poll(max_bot)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert await call.news() == []


async def test_polling_ends_with_a_subscription(call: MaxCaller, app: MaxApp, max_bot: Bot) -> None:
    """A subscription ends the poll that waits with 405, and so is every other until it is deleted."""
    poll = asyncio.create_task(call.refusal("GET /updates", timeout=30))
    assert await app.wait_for_poll(max_bot)
    url = "http://127.0.0.1:9/hook"
    assert await call.result("POST /subscriptions", {"url": url}) == {"success": True}
    assert (await poll)[0] == 405
    assert (await call.refusal("GET /updates"))[:2] == (405, "method.not.allowed")
    assert await call.result("DELETE /subscriptions", url=url) == {"success": True}
    assert await call.news() == []


async def test_updates_live_a_day(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """What nobody fetched within 24 hours is gone."""
    app.send_text(known, max_bot, "Hello")
    app.platform.clock.advance(24 * 3600 - 1)
    assert len(await call.news()) == 1
    app.platform.clock.advance(1)
    assert await call.news() == []


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"timeout": 91}, {"marker": "x"}])
async def test_bad_polls_are_refused(call: MaxCaller, query: dict[str, object]) -> None:
    """Limit, timeout and marker have bounds; one answer holds at most a hundred updates."""
    assert (await call.refusal("GET /updates", **query))[:2] == (400, "proto.payload")


async def test_an_answer_has_at_most_a_hundred(call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot) -> None:
    """A greater limit is allowed, but no more than a hundred updates come at once."""
    for number in range(101):
        app.send_text(known, max_bot, str(number))
    assert len(await call.news(limit=1000)) == 100


async def test_a_revoked_token_is_no_token(emulator: Emulator, call: MaxCaller, app: MaxApp, max_bot: Bot) -> None:
    """After revoking, every call is a 401; with the token given out again the same bot goes on."""
    app.revoke(max_bot)
    assert await call.refusal("GET /me") == (401, "verify.token", "Malformed access token")
    app.revoke(max_bot)
    assert app.reissue(max_bot, TOKEN) == TOKEN
    assert (await call.result("GET /me"))["user_id"] == max_bot.id
    assert app.reissue("id123_bot") != TOKEN
    assert (await call.refusal("GET /me"))[0] == 401
    assert emulator.bots() == [max_bot]


async def test_updates_come_twice_or_out_of_order(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person
) -> None:
    """The faults duplicate and out_of_order strike polls when asked for by their method."""
    emulator.add_fault(Fault("out_of_order"), messenger="max", method="GET /updates")
    emulator.add_fault(Fault("duplicate"), messenger="max", method="GET /updates")
    for text in ("one", "two"):
        app.send_text(known, "id123_bot", text)
    assert [update["message"]["body"]["text"] for update in await call.news()] == ["two", "two", "one", "one"]
    assert [update["message"]["body"]["text"] for update in await call.news()] == ["one", "two"]
