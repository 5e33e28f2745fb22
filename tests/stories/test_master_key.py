"""What a thief of the files finds, and what a new master key leaves as it was: by the whole program."""

import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from standardwebhooks import Webhook

from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.model.webhooks.webhook import WebhookEvent
from core.webhooks.endpoints import EndpointRequest
from daemon.master_key_change import change_master_key
from daemon.messengers import Settings
from daemon.run import running
from emulator import Emulator
from tests.stories.backend import Backend, move_in, subscribed
from tests.stories.test_login import verified
from tests.stories.town import Town, emulated_telegram, enter_webhook, site_app, town, town_settings
from tests.waiting import patience
from tests.webhooks.receiver import Receiver

MESSENGERS = ("telegram", "max", "whatsapp")


@pytest.mark.parametrize("messenger", MESSENGERS)
async def test_no_file_and_no_log_tells_a_phone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, messenger: str
) -> None:
    """Faults 7.9: logged in and subscribed by phone; no file, not even as base64, and no line of the log holds it.

    The number is Argentinian, which WhatsApp writes with a 9 that others leave out.
    """
    caplog.set_level(logging.DEBUG)
    async with town(tmp_path, messengers=MESSENGERS) as here:
        await here.daemon.keepers.reached()
        anna = here.visitor(phone="5491123456789")
        handset = here.handset(messenger)
        session = await here.create()
        await handset.ask(anna, session["links"][messenger])
        await handset.tap(anna, str(session["match_number"]))
        user = (await here.poll(session))["user"]
        assert user["phone"].removeprefix("+54").removeprefix("9") == "1123456789"
        living = _octets(tmp_path)
    for octets in (living, _octets(tmp_path), caplog.text.encode()):
        for form in (b"1123456789", b64encode(b"5491123456789")[:-4], b64encode(b"541123456789")[:-4]):
            assert form not in octets


def _octets(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


@asynccontextmanager
async def _opened(settings: Settings, telegram: Emulator, folder: Path) -> AsyncIterator[Town]:
    """Run a daemon on the settings, in a town of which nothing else changes."""
    async with (
        running(settings, SystemClock(), SystemEntropy()) as daemon,
        aiohttp.ClientSession() as browser,
    ):
        app = await site_app(daemon)
        await enter_webhook(telegram, daemon)
        yield Town(telegram, daemon, app, browser, f"http://127.0.0.1:{daemon.port}", folder)


async def test_a_new_master_key_changes_nothing_for_anybody(tmp_path: Path, receiver: Receiver) -> None:
    """Unfinished logins of both dialects end well, keys, tokens and webhooks' secrets are good, people the same."""
    async with emulated_telegram() as (telegram, url):
        settings = town_settings(
            tmp_path,
            url,
            MESSENGERS,
            webhooks={"allowed_networks": ["127.0.0.0/8"]},
            limits={"requests_per_minute_per_project": 0},
        )
        async with _opened(settings, telegram, tmp_path) as here:
            backend, telegrams = await move_in(here), here.handset("telegram")
            anna, boris, carol, dan = (here.visitor(phone=f"7999123456{number}") for number in range(4))
            first = await here.poll(await here.log_in(anna))
            unfinished = await here.create()
            await here.ask(boris, unfinished)
            begun = await backend.post("/auth/session", {})
            told = await backend.post("/auth/session", {})
            await telegrams.open(dan, told["telegram_link"])
            await telegrams.tap(dan, "Log in")
            code = (await backend.get(f"/auth/session/{told['session_id']}/status"))["code"]
            eve, subscriber = await subscribed(backend, here.handset("max"))
            request = EndpointRequest(url=receiver.url, events=(WebhookEvent.AUTH_COMPLETED,), description="")
            made = await here.daemon.services.webhooks.create(here.app.app_id, request)
            secrets = backend.secrets

        change_master_key(settings, SystemClock(), SystemEntropy())

        async with _opened(settings, telegram, tmp_path) as here:
            backend = Backend(here, secrets)
            telegrams = here.handset("telegram")
            assert (await verified(here, first["token"]))["phone"] == "+79991234560"
            await here.tap(boris, str(unfinished["match_number"]))
            assert (await here.poll(unfinished))["user"]["phone"] == "+79991234561"
            async with patience():
                call = await receiver.next()
            assert Webhook(made.secret).verify(call.body, call.headers)

            assert (await backend.post("/auth/verify", {"code": code}))["channel"] == "telegram"
            await telegrams.open(carol, begun["telegram_link"])
            await telegrams.tap(carol, "Log in")
            polled = await backend.get(f"/auth/session/{begun['session_id']}/status")
            assert (await backend.post("/auth/verify", {"code": polled["code"]}))["channel"] == "telegram"
            again = await here.poll(await here.log_in(anna))
            assert again["user"]["_id"] == first["user"]["_id"]
            sent = await backend.post("/send", {"subscriber_id": subscriber, "text": "still there"})
            assert sent
            assert here.handset("max").chat(eve).last_from_bot
