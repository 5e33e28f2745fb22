"""Updates posted to a bot's webhook: with the secret, in order, again after a failure, until they expire."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from emulator import Emulator, Fault
from emulator.people import Person
from emulator.telegram.model import Bot
from tests.emulator.conftest import Caller


@dataclass
class Receiver:
    """A bot's web server; `answers` are the statuses it gives in turn (then 200), `retry_after` goes with a failure."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    retry_after: str | None = None
    heard: "asyncio.Queue[tuple[str | None, dict[str, Any]]]" = field(default_factory=asyncio.Queue)

    async def hear(self, request: web.Request) -> web.Response:
        """Take one update."""
        update = await request.json()
        status = self.answers.pop(0) if self.answers else 200
        headers = {"Retry-After": self.retry_after} if self.retry_after and status != 200 else {}
        self.heard.put_nowait((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), update))
        return web.Response(status=status, headers=headers)

    async def text(self) -> str:
        """Wait for an update with a message and return its text."""
        _, update = await self.heard.get()
        text: str = update["message"]["text"]
        return text


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run the bot's web server."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_updates_are_posted_with_the_secret(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot, receiver: Receiver
) -> None:
    """What waited and what comes is posted with the secret in its header, and then no longer waits."""
    emulator.send_text(started, bot, "before")
    status, answer = await caller.form("setWebhook", url=receiver.url, secret_token="s3cret")
    assert (status, answer["result"], answer["description"]) == (200, True, "Webhook was set")
    emulator.send_text(started, bot, "after")
    secret, update = await receiver.heard.get()
    assert (secret, update["message"]["text"]) == ("s3cret", "before")
    assert await receiver.text() == "after"
    _, answer = await caller.form("setWebhook", url=receiver.url, secret_token="s3cret")
    assert answer["description"] == "Webhook is already set"
    _, answer = await caller.form("setWebhook", url="")
    assert answer["description"] == "Webhook was deleted"
    _, answer = await caller.form("deleteWebhook")
    assert answer["description"] == "Webhook is already deleted"
    assert (await caller.result("getWebhookInfo"))["url"] == ""


async def test_a_failed_delivery_is_tried_again(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot, receiver: Receiver
) -> None:
    """A refused update is posted again after a growing pause, before later ones; the info tells of the failure."""
    receiver.answers = [500, 302]
    await caller.result("setWebhook", url=receiver.url)
    emulator.send_text(started, bot, "one")
    emulator.send_text(started, bot, "two")
    assert await receiver.text() == "one"
    info = await told_of_error(caller)
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert info["pending_update_count"] == 2
    assert (info["url"], info["max_connections"]) == (receiver.url, 40)
    emulator.advance(1)
    assert await receiver.text() == "one"
    await told_of_error(caller, "Wrong response from the webhook: 302 Found")
    emulator.advance(2)
    assert [await receiver.text(), await receiver.text()] == ["one", "two"]


async def told_of_error(caller: Caller, message: str | None = None) -> dict[str, Any]:
    """Ask for the webhook's info until it tells of this (None: any) failure."""
    while True:
        info = await caller.result("getWebhookInfo")
        if info.get("last_error_message") == message if message else "last_error_message" in info:
            return dict(info)


async def test_a_receiver_may_ask_for_a_pause(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot, receiver: Receiver
) -> None:
    """Retry-After of the receiver is obeyed."""
    receiver.answers, receiver.retry_after = [503], "100"
    await caller.result("setWebhook", url=receiver.url)
    emulator.send_text(started, bot, "one")
    assert await receiver.text() == "one"
    await told_of_error(caller)
    emulator.advance(99.5)
    assert receiver.heard.empty()
    emulator.advance(0.5)
    assert await receiver.text() == "one"


async def test_nobody_listens(emulator: Emulator, caller: Caller, started: Person, bot: Bot) -> None:
    """When nobody listens the update waits, and after its time it is gone."""
    await caller.result("setWebhook", url="http://127.0.0.1:9/hook")
    emulator.send_text(started, bot, "one")
    info = await told_of_error(caller)
    assert info["last_error_message"] == "Connection refused"
    emulator.advance(24 * 3600)
    assert (await caller.result("getWebhookInfo"))["pending_update_count"] == 0


async def test_duplicates_and_disorder(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot, receiver: Receiver
) -> None:
    """The faults duplicate and out_of_order strike deliveries to the webhook when asked for by that name."""
    emulator.add_fault(Fault("out_of_order"), method="webhook")
    emulator.add_fault(Fault("duplicate"), method="webhook")
    for text in ("one", "two"):
        emulator.send_text(started, bot, text)
    await caller.result("setWebhook", url=receiver.url)
    assert [await receiver.text() for _ in range(3)] == ["two", "two", "one"]


async def test_dropping_what_waits(
    emulator: Emulator, caller: Caller, started: Person, bot: Bot, receiver: Receiver
) -> None:
    """drop_pending_updates forgets what waited, on setting as on deleting."""
    emulator.send_text(started, bot, "old")
    await caller.result("setWebhook", url=receiver.url, drop_pending_updates=True)
    emulator.send_text(started, bot, "new")
    assert await receiver.text() == "new"
    await caller.result("deleteWebhook")
    emulator.send_text(started, bot, "old")
    await caller.result("deleteWebhook", drop_pending_updates=True)
    assert await caller.result("getUpdates") == []
