"""MAX posts to us and to nobody else, whatever happened before, and there is no moment in which it posts to nowhere."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest

from bots.max import webhook as max_webhook
from bots.max.adapter import Max, MaxSettings
from bots.max.webhook import Webhook
from core.errors import Invalid
from core.model.ids import BotName
from core.model.messages.errors import WebhookRefused
from core.model.messages.message import Started, Update
from core.ports.messengers import TryLater
from emulator import Fault
from tests.bots.contract import Line, Notebook, max_line
from tests.bots.test_contract import Ear, listening, say
from tests.bots.test_max_heard import bot_started
from tests.stories.handsets import BOTS, TOKENS
from tests.waiting import PATIENCE, a_moment, patience

BOT = BOTS["max"]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """Return the adapter in its webhook way; it looks after its subscription every 50 ms."""
    async with max_line(polls=False) as connected:
        yield connected


@pytest.fixture
async def polling() -> AsyncIterator[Line]:
    """Return the adapter in its polling way."""
    async with max_line(polls=True) as connected:
        yield connected


def urls(line: Line) -> list[str]:
    """Return where MAX posts to."""
    return [subscription.url for subscription in line.platform.max.subscriptions(BOT)]


async def subscribe(line: Line, url: str, **fields: object) -> None:
    """Subscribe as somebody else who has the token."""
    base = line.messenger._settings.api_base  # type: ignore[attr-defined]  # the adapter is a MAX one
    headers = {"Authorization": TOKENS["max"]}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{base}/subscriptions", json={"url": url, **fields}, headers=headers) as answer,
    ):
        assert (await answer.json())["success"] is True


def another(line: Line, webhook: Webhook, session: aiohttp.ClientSession) -> Max:
    """Return an adapter as the next run of the daemon would make it."""
    base = line.messenger._settings.api_base  # type: ignore[attr-defined]  # as above
    settings = MaxSettings(bot=BotName("max"), token=TOKENS["max"], api_base=base, webhook=webhook)
    return Max(settings, session, Notebook())


async def test_a_lost_subscription_is_taken_out_again(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    """MAX unsubscribes us without a word: we notice, tell the operator, and hear again."""
    async with listening(line) as ear:
        line.handset.app.open_link(line.person, line.link("c0de"))
        assert isinstance(await ear.next(), Started)
        line.platform.max.drop_subscriptions(BOT)
        assert await line.platform.max.wait_for_subscription(BOT)
        say(line, "hello again")
        assert await ear.next() is not None
    told = [record for record in caplog.records if "stopped posting" in record.getMessage()]
    assert [record.levelno for record in told] == [logging.ERROR]


async def test_a_start_is_no_alarm(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    """The first subscription of all is nothing to tell the operator about, and it is made once."""
    async with listening(line), patience():
        while len(line.platform.calls(messenger="max", method="GET /subscriptions")) < 4:
            await a_moment()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(line.platform.calls(messenger="max", method="POST /subscriptions")) == 1


async def test_a_foreign_subscription_is_ended(line: Line) -> None:
    """Whoever else had the token hears nothing any more; at the start and later."""
    await subscribe(line, "https://old.example.com/hook")
    async with listening(line):
        (ours,) = urls(line)
        assert ours.startswith("http://127.0.0.1")
        await subscribe(line, "https://thief.example.com/hook")
        async with patience():
            while urls(line) != [ours]:
                await a_moment()


async def test_ours_with_other_kinds_is_made_anew(line: Line) -> None:
    """Somebody subscribed our address for less than we need."""
    webhook = line.messenger._settings.webhook  # type: ignore[attr-defined]  # as above
    await subscribe(line, webhook.url, update_types=["bot_started"], secret=webhook.secret)
    async with listening(line):
        (subscription,) = line.platform.max.subscriptions(BOT)
        assert subscription.kinds == frozenset(max_webhook.UPDATE_TYPES)


@pytest.mark.parametrize("change", ["secret", "kinds"])
async def test_a_change_leaves_no_gap(line: Line, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another secret, or other kinds of updates: the new subscription is there before the old one goes."""
    door = line.messenger._settings.webhook.address  # type: ignore[attr-defined]  # as above
    async with aiohttp.ClientSession() as session:
        await another(line, Webhook(door, "the-first-secret"), session).connect()
        before = urls(line)
        seen: list[list[str]] = []

        async def watch() -> None:
            while True:
                await line.platform.max.platform.bot(BOT).subscribed.wait(None)
                seen.append(urls(line))

        watcher = asyncio.create_task(watch())
        await asyncio.sleep(0)
        if change == "kinds":
            monkeypatch.setattr(max_webhook, "UPDATE_TYPES", ("message_created", "bot_started"))
        webhook = Webhook(door, "the-second-secret" if change == "secret" else "the-first-secret")
        await another(line, webhook, session).connect()
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher
    assert urls(line) == [webhook.url] != before
    assert [len(each) for each in seen] == [2, 1]


async def test_the_address_tells_no_secret() -> None:
    """The address goes through logs of proxies: what it is marked with leads nowhere."""
    webhook = Webhook("https://id.example.com/hooks/max/path", "the-secret")
    assert "the-secret" not in webhook.url
    assert webhook.url != Webhook(webhook.address, "another-secret").url


@pytest.mark.parametrize("told", [None, "", "guess", "the-secret-of-the-test", "\udcff\udcfe", "é"])
async def test_who_does_not_know_the_secret_is_not_heard(line: Line, told: str | None) -> None:
    """Nothing is kept; bytes that are no text are no secret either."""
    ear = Ear(line)
    headers = {} if told is None else {"X-Max-Bot-Api-Secret": told}
    with pytest.raises(WebhookRefused):
        await line.messenger.accept(headers, json.dumps(bot_started()).encode(), ear.take)
    assert ear.silent


async def test_a_poller_is_not_posted_to(polling: Line) -> None:
    """An adapter that asks takes nothing at its door."""
    with pytest.raises(WebhookRefused):
        await polling.messenger.accept({"X-Max-Bot-Api-Secret": ""}, b"{}", Ear(polling).take)


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"7", b"null", b"\xff", b"[" * 100_000], ids=range(7))
async def test_what_is_no_update_is_refused_for_good(line: Line, body: bytes) -> None:
    """MAX need not send it again."""
    headers = {"X-Max-Bot-Api-Secret": "the-secret-of-the-tests"}
    with pytest.raises(Invalid):
        await line.messenger.accept(headers, body, Ear(line).take)


async def test_polling_ends_every_subscription_first(polling: Line) -> None:
    """MAX tells a poller nothing while it posts to anybody."""
    await subscribe(polling, "https://old.example.com/hook")
    await subscribe(polling, "https://older.example.com/hook?a=1&b=%2F")
    async with listening(polling) as ear:
        assert not urls(polling)
        polling.handset.app.open_link(polling.person, polling.link("c0de"))
        assert isinstance(await ear.next(), Started)


async def test_a_poller_that_is_pushed_out_comes_back(polling: Line) -> None:
    """Somebody subscribes a webhook while we poll: polling is refused, and the next connection ends that."""
    await polling.messenger.connect()
    await subscribe(polling, "https://thief.example.com/hook")
    with pytest.raises(TryLater) as later:
        await polling.messenger.run(Ear(polling).take, lambda: None)
    assert later.value.after >= 5
    await polling.messenger.connect()
    assert not urls(polling)


async def test_one_senseless_update_does_not_stop_a_poller(polling: Line) -> None:
    """What is built otherwise than we know is kept like all others, and what comes after it is heard."""
    kept: list[Update] = []
    arrived = asyncio.Event()

    async def take(updates: object) -> None:
        assert isinstance(updates, list)
        kept.extend(updates)
        if len(kept) == 5:
            arrived.set()

    await polling.messenger.connect()
    task = asyncio.create_task(polling.messenger.run(take, lambda: None))
    for senseless in (
        {"update_type": "bot_started", "user": None},
        {"update_type": "message_created", "message": "none"},
        {"update_type": "message_callback", "callback": [], "message": {"body": 7}},
        {"update_type": "message_created", "message": {"body": {"mid": {"a": 1}}}},
    ):
        polling.platform.max.inject(BOT, senseless)
    polling.handset.app.open_link(polling.person, polling.link("c0de"))
    await asyncio.wait_for(arrived.wait(), PATIENCE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert isinstance(polling.messenger.translate(kept[-1]), Started)
    assert len({update.key for update in kept}) == 5


@pytest.mark.parametrize("lacks_marker", [True, False])
async def test_the_marker_moves_only_behind_what_was_kept(polling: Line, *, lacks_marker: bool) -> None:
    """It is noted after the updates are, and an empty answer without one does not lose it."""
    polling.platform.max.behaviour.empty_polls_lack_marker = lacks_marker
    notebook = polling.messenger._memory  # type: ignore[attr-defined]  # as above
    seen: list[str | None] = []

    async def take(_updates: object) -> None:
        seen.append(notebook.note)
        if len(seen) == 1:
            raise TryLater(0, "the store is busy")

    await polling.messenger.connect()
    polling.handset.app.open_link(polling.person, polling.link("c0de"))
    with pytest.raises(TryLater):
        await polling.messenger.run(take, lambda: None)
    assert notebook == Notebook()
    task = asyncio.create_task(polling.messenger.run(take, lambda: None))
    assert await polling.platform.max.wait_for_poll(BOT)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen == [None, None]
    markers = [call.parameters["query"].get("marker") for call in polling.platform.calls(method="GET /updates")]
    assert notebook.note is not None
    assert markers == [None, None]
    polling.platform.add_fault(Fault("status", status=500), method="GET /updates")
    with pytest.raises(TryLater):
        await polling.messenger.run(take, lambda: None)
    last = polling.platform.calls(method="GET /updates")[-1]
    assert last.parameters["query"]["marker"] == notebook.note
