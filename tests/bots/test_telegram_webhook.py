"""Telegram posts to us and to nobody else, also after somebody who has the token told it another address."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bots.telegram.adapter import Telegram, TelegramSettings, Webhook
from core.model.ids import BotName
from emulator import Emulator
from tests.stories.handsets import BOTS, TOKENS
from tests.stories.town import emulated_telegram
from tests.waiting import a_moment, patience

BOT, TOKEN = BOTS["telegram"], TOKENS["telegram"]
OURS = Webhook("http://127.0.0.1:9/hook", "the-secret-of-the-tests")
THIEF = "http://127.0.0.1:9/thief"


@asynccontextmanager
async def watching() -> AsyncIterator[tuple[Emulator, str]]:
    """Run the adapter in its webhook way; it looks after its webhook every 50 ms."""
    async with emulated_telegram() as (platform, url), aiohttp.ClientSession() as session:
        bot = BotName("tg")
        settings = TelegramSettings(bot=bot, token=TOKEN, api_base=url, webhook=OURS, check_seconds=0.05)
        messenger = Telegram(settings, session)
        await messenger.connect()
        running = asyncio.create_task(messenger.run(lambda _: asyncio.sleep(0), lambda: None))
        yield platform, url
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def posts_to(platform: Emulator) -> tuple[str, str] | None:
    """Return where Telegram posts to, and the secret it sends along; ``None`` if it posts nowhere."""
    webhook = platform.telegram.bot(BOT).webhook
    return None if webhook is None else (webhook.url, webhook.secret_token)


async def call(base: str, method: str, **parameters: str) -> None:
    """Call Telegram as somebody else who has the token."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{base}/bot{TOKEN}/{method}", data=parameters) as answer,
    ):
        assert (await answer.json())["ok"] is True


@pytest.mark.parametrize("theft", ["moved", "ended", "our address with another secret"])
async def test_a_changed_webhook_is_set_back(theft: str, caplog: pytest.LogCaptureFixture) -> None:
    """T39: whoever has the token and turns the updates elsewhere hears them for minutes; the operator is told."""
    async with watching() as (platform, base):
        assert posts_to(platform) == (OURS.url, OURS.secret)
        match theft:
            case "moved":
                await call(base, "setWebhook", url=THIEF)
            case "ended":
                await call(base, "deleteWebhook")
            case _:  # which Telegram does not tell; but what it then posts to us fails, and it tells that
                await call(base, "setWebhook", url=OURS.url, secret_token="another")
                platform.open_link(platform.add_person(first_name="Anna"), f"https://t.me/{BOT}?start=c0de")
        assert posts_to(platform) != (OURS.url, OURS.secret)
        async with patience():
            while posts_to(platform) != (OURS.url, OURS.secret):
                await a_moment()
    assert {record.levelno for record in caplog.records if record.name.startswith("bots.")} == {logging.ERROR}
