"""How bots hear of what people do: getUpdates with its offsets, conflicts and lifetimes."""

import asyncio

import pytest

from emulator import Emulator
from emulator.people import Person
from emulator.telegram.model import Bot
from tests.emulator.conftest import START_OF_TIME, Caller

LINK = "https://t.me/gate_bot?start=abc-DEF_123"


async def test_a_deep_link_is_heard_as_start(emulator: Emulator, caller: Caller, anna: Person) -> None:
    """Opening a link sends /start with the payload, marked as a command, from the person in their private chat."""
    emulator.open_link(anna, LINK)
    (update,) = await caller.result("getUpdates")
    names = {"first_name": "Anna", "last_name": "Petrova"}
    assert update["message"] == {
        "message_id": 1,
        "date": int(START_OF_TIME),
        "from": {"id": anna.id, "is_bot": False, **names, "language_code": "en"},
        "chat": {"id": anna.id, **names, "type": "private"},
        "text": "/start abc-DEF_123",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }


@pytest.mark.parametrize("payload", ["x" * 65, "a.b", "a%20b", "%D1%91", ""])
async def test_a_payload_telegram_does_not_take_is_a_bare_start(
    emulator: Emulator, caller: Caller, anna: Person, payload: str
) -> None:
    """A payload over 64 characters or with a foreign character is lost: the bot hears a bare /start."""
    emulator.open_link(anna, f"tg://resolve?domain=gate_bot&start={payload}")
    (update,) = await caller.result("getUpdates")
    assert update["message"]["text"] == "/start"


async def test_offsets_confirm(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """Updates come again until an offset above them is named; a negative offset keeps the last ones."""
    for text in ("one", "two", "three", "four"):
        emulator.send_text(started, bot, text)
    found = await caller.result("getUpdates", limit=2)
    ids = [update["update_id"] for update in found]
    assert ids == [ids[0], ids[0] + 1]
    assert await caller.result("getUpdates", limit=2) == found
    rest = await caller.result("getUpdates", offset=ids[1] + 1)
    assert [update["message"]["text"] for update in rest] == ["three", "four"]
    last = await caller.result("getUpdates", offset=-1)
    assert [update["message"]["text"] for update in last] == ["four"]
    assert await caller.result("getUpdates") == last
    assert await caller.result("getUpdates", offset=last[0]["update_id"] + 1) == []


async def test_a_poll_waits_for_news(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """A long poll is answered as soon as something happens."""
    poll = asyncio.create_task(caller.result("getUpdates", timeout=50))
    assert await emulator.wait_for_poll(bot)
    emulator.send_text(started, bot, "Hello")
    (update,) = await poll
    assert update["message"]["text"] == "Hello"


async def test_a_second_poll_ends_the_first(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """Of two polls at once the earlier is refused with a conflict, in Telegram's words, and the later one goes on."""
    first = asyncio.create_task(caller.form("getUpdates", timeout=50))
    assert await emulator.wait_for_poll(bot)
    second = asyncio.create_task(caller.result("getUpdates", timeout=50))
    assert await first == (
        409,
        {
            "ok": False,
            "error_code": 409,
            "description": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
            "running",
        },
    )
    assert await emulator.wait_for_poll(bot)
    emulator.send_text(started, bot, "Hello")
    assert len(await second) == 1


async def test_a_webhook_ends_polling(emulator: Emulator, caller: Caller, bot: Bot) -> None:
    """The method setWebhook ends the poll that waits, and polling is a conflict until the webhook is deleted."""
    poll = asyncio.create_task(caller.refusal("getUpdates", timeout=50))
    assert await emulator.wait_for_poll(bot)
    await caller.result("setWebhook", url="http://127.0.0.1:9/hook")
    assert await poll == (409, "Conflict: terminated by setWebhook request")
    assert await caller.refusal("getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    await caller.result("deleteWebhook")
    assert await caller.result("getUpdates") == []


async def test_taps_live_150_seconds_and_messages_a_day(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot
) -> None:
    """An update that nobody fetched in its time is gone: a tap after 150 seconds, everything else after 24 hours."""
    emulator.send_text(started, bot, "Hello")
    emulator.forge_tap(started, bot, "yes")
    emulator.advance(149)
    kinds = [set(update) - {"update_id"} for update in await caller.result("getUpdates")]
    assert kinds == [{"message"}, {"callback_query"}]
    emulator.advance(1)
    assert [update["message"]["text"] for update in await caller.result("getUpdates")] == ["Hello"]
    emulator.advance(24 * 3600)
    assert await caller.result("getUpdates") == []


async def test_allowed_updates_are_remembered(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """Only the kinds asked for are kept; a call without the list keeps the earlier one, an empty one resets it."""
    await caller.result("getUpdates", allowed_updates=["my_chat_member", "nonsense"])
    emulator.send_text(started, bot, "unheard")
    emulator.block(started, bot)
    (update,) = await caller.result("getUpdates")
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert update["my_chat_member"]["old_chat_member"]["status"] == "member"
    assert (await caller.result("getWebhookInfo"))["allowed_updates"] == ["my_chat_member"]
    await caller.result("getUpdates", offset=-1, allowed_updates=[])
    emulator.press_start(started, bot)
    news = (await caller.result("getUpdates"))[1:]
    assert [set(update) - {"update_id"} for update in news] == [{"my_chat_member"}, {"message"}]


async def test_the_limit_is_one_to_a_hundred(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """One answer holds at most a hundred updates, whatever is asked."""
    for number in range(101):
        emulator.send_text(started, bot, str(number))
    for limit in (100, 101, 0):
        assert len(await caller.result("getUpdates", limit=limit)) == 100


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"url": "http://example.org/hook"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.org:9000/hook"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"secret_token": "a" * 257}, "secret token is too long"),
    ],
)
async def test_bad_webhooks_are_refused(caller: Caller, parameters: dict[str, str], words: str) -> None:
    """A webhook elsewhere needs HTTPS on one of four ports, and its secret letters, digits, _ and - only."""
    given = {"url": "http://localhost:9/hook", **parameters}
    assert await caller.refusal("setWebhook", **given) == (400, f"Bad Request: {words}")
