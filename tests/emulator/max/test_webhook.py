"""Updates posted to a bot's subscriptions: one by one, with the secret, again after a failure, until MAX gives up."""

import pytest

from emulator import Emulator, Fault
from emulator.max.app import MaxApp
from emulator.max.model import Bot
from emulator.people import Person
from tests.emulator.conftest import START_OF_TIME
from tests.emulator.max.conftest import MaxCaller, Receiver

BOT = "id123_bot"
HOURS = 3600.0


async def subscribe(call: MaxCaller, url: str, **more: object) -> bool:
    """Subscribe a URL; tell whether it worked."""
    answer = await call.result("POST /subscriptions", {"url": url, **more})
    return bool(answer["success"])


async def test_updates_are_posted_with_the_secret(
    call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot, receiver: Receiver
) -> None:
    """Each update comes by itself, the secret in its header; only the kinds asked for, and what was before stays."""
    app.send_text(known, max_bot, "before")
    kinds = ["message_created", "bot_stopped"]
    assert await subscribe(call, receiver.url, secret="s3cret", update_types=kinds)
    app.forge_tap(known, max_bot, "unheard")
    app.send_text(known, max_bot, "after")
    app.inject(max_bot, {"update_type": "moon_landed"})
    secret, update = await receiver.heard.get()
    assert (secret, update["message"]["body"]["text"]) == ("s3cret", "after")
    assert (await receiver.heard.get())[1]["update_type"] == "moon_landed"
    listed = {"url": receiver.url, "time": int(START_OF_TIME * 1000), "update_types": sorted(kinds)}
    assert await call.result("GET /subscriptions") == {"subscriptions": [listed]}
    assert await app.wait_for_subscription(max_bot)
    assert (await call.result("DELETE /subscriptions", url=receiver.url))["success"] is True
    assert (await call.result("DELETE /subscriptions", url=receiver.url))["success"] is False
    assert [update["message"]["body"]["text"] for update in await call.news()] == ["before"]


async def test_several_subscriptions_double_the_updates(
    call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot, receiver: Receiver
) -> None:
    """The same URL cannot be subscribed twice; another one is one more, and everything comes to both."""
    assert await subscribe(call, receiver.url)
    assert not await subscribe(call, receiver.url, secret="changed")
    assert await subscribe(call, f"{receiver.url}/other")
    app.send_text(known, max_bot, "Hello")
    assert [await receiver.text(), await receiver.text()] == ["Hello", "Hello"]
    listed = (await call.result("GET /subscriptions"))["subscriptions"]
    assert [subscription["update_types"] for subscription in listed] == [None, None]


async def test_only_200_is_a_success(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person, receiver: Receiver
) -> None:
    """After 204, 201, 302 or 500 an update comes again, after 60 seconds, then each pause 2.5 times the last."""
    receiver.answers = [204, 201, 302, 500]
    await subscribe(call, receiver.url)
    app.send_text(known, BOT, "one")
    for failures, pause in enumerate((60, 150, 375, 937.5), start=1):
        assert await receiver.text() == "one"
        assert await app.wait_for_failures(BOT, times=failures)
        emulator.advance(pause - 0.5)
        assert receiver.heard.empty()
        emulator.advance(0.5)
    assert await receiver.text() == "one"
    assert receiver.heard.empty()


async def test_a_failure_holds_nothing_up(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person, receiver: Receiver
) -> None:
    """What comes after a failed update is posted at once, so the order is not kept."""
    receiver.answers = [500]
    await subscribe(call, receiver.url)
    app.send_text(known, BOT, "one")
    assert await receiver.text() == "one"
    assert await app.wait_for_failures(BOT)
    app.send_text(known, BOT, "two")
    assert await receiver.text() == "two"
    emulator.advance(60)
    assert await receiver.text() == "one"


async def test_after_eight_hours_of_failures_the_subscription_is_gone(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot
) -> None:
    """A subscription nothing of which was taken for 8 hours is removed, nobody is told, and updates wait for a poll."""
    await subscribe(call, "http://127.0.0.1:9/hook")
    app.send_text(known, max_bot, "lost")
    assert await app.wait_for_failures(max_bot)
    emulator.advance(8 * HOURS - 1)
    assert await app.wait_for_failures(max_bot, times=2)
    assert len(app.subscriptions(max_bot)) == 1
    emulator.advance(1)
    while (await call.result("GET /subscriptions"))["subscriptions"]:
        continue
    app.send_text(known, max_bot, "kept")
    assert [update["message"]["body"]["text"] for update in await call.news()] == ["kept"]


async def test_a_success_in_between_keeps_it(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person, receiver: Receiver
) -> None:
    """Eight hours count from the first failure after the last success."""
    receiver.answers = [500]
    await subscribe(call, receiver.url)
    app.send_text(known, BOT, "one")
    assert await app.wait_for_failures(BOT)
    emulator.advance(60)
    assert [await receiver.text(), await receiver.text()] == ["one", "one"]
    assert await app.wait_for_deliveries(BOT)
    emulator.advance(9 * HOURS)
    app.send_text(known, BOT, "two")
    assert await receiver.text() == "two"


async def test_subscriptions_can_be_dropped(
    call: MaxCaller, app: MaxApp, known: Person, max_bot: Bot, receiver: Receiver
) -> None:
    """A test can take the subscriptions away as MAX does, even with deliveries under way."""
    receiver.answers = [500]
    await subscribe(call, receiver.url)
    app.send_text(known, max_bot, "one")
    assert await app.wait_for_failures(max_bot)
    app.drop_subscriptions(max_bot)
    assert await call.result("GET /subscriptions") == {"subscriptions": []}
    assert not await app.wait_for_subscription(max_bot, within=0.01)


async def test_duplicates_and_disorder(
    emulator: Emulator, call: MaxCaller, app: MaxApp, known: Person, receiver: Receiver
) -> None:
    """The faults duplicate and out_of_order strike deliveries to the webhook when asked for by that name."""
    emulator.add_fault(Fault("out_of_order"), messenger="max", method="webhook")
    emulator.add_fault(Fault("duplicate"), messenger="max", method="webhook")
    await subscribe(call, receiver.url)
    for text in ("one", "two"):
        app.send_text(known, BOT, text)
    assert [await receiver.text() for _ in range(3)] == ["two", "two", "one"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "hook"},
        {"url": "http://example.org/hook"},
        {"url": "https://example.org:443/hook"},
        {"url": "https://example.org:8443/hook"},
        {"url": "https://[/hook"},
        {"url": "ftp://localhost/hook"},
        {"url": "http://localhost:9/hook", "secret": "1234"},
        {"url": "http://localhost:9/hook", "secret": "a b c d e"},
        {"url": "http://localhost:9/hook", "secret": "a" * 257},
        {"url": "http://localhost:9/hook", "update_types": "message_created"},
        {"url": "http://localhost:9/hook", "update_types": ["message_construction_request"]},
        {"url": "http://localhost:9/hook", "update_types": ["bot_started", "bot_started"]},
    ],
)
async def test_bad_subscriptions_are_refused(call: MaxCaller, body: dict[str, object]) -> None:
    """A webhook elsewhere needs HTTPS and no port; secrets and kinds of updates are checked."""
    assert (await call.refusal("POST /subscriptions", body))[:2] == (400, "proto.payload")


async def test_good_subscriptions_are_taken(call: MaxCaller) -> None:
    """HTTPS without a port anywhere, and loopback addresses with any, can be subscribed."""
    for url in ("https://example.org/hook", "https://127.0.0.1:8443/hook", "http://[::1]:9/hook"):
        assert await subscribe(call, url, secret="a_b-C1", update_types=[])
