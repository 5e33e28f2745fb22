"""``kill -9`` at any moment: what was confirmed is redeemable, what was redeemed is not, and the bot goes on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - moments to kill at, from a fixed seed

import aiohttp
import pytest

from emulator import Emulator
from emulator.people import Person
from tests.stories.process import DaemonProcess, command, create_app, daemon_process, run_command
from tests.stories.town import BOT, SITE, Json, emulated_telegram
from tests.waiting import PATIENCE, a_moment, patience


@dataclass
class Street:
    """A daemon that can be killed, the Telegram it talks to, and a browser on the site."""

    daemon: DaemonProcess
    telegram: Emulator
    browser: aiohttp.ClientSession
    app_id: str

    async def create(self) -> Json:
        """Start a login."""
        url = f"{self.daemon.url}/api/v1/auth/session"
        async with self.browser.post(url, json={"app_id": self.app_id, "match": True}) as answer:
            session: Json = await answer.json()
            return session

    async def poll(self, session: Json, **query: str) -> Json:
        """Ask how a login stands."""
        url = f"{self.daemon.url}/api/v1/auth/session/{session['session_id']}"
        async with self.browser.get(url, params=query) as answer:
            state: Json = await answer.json()
            return state

    async def prompt(self, person: Person, session: Json) -> None:
        """Open the link and get as far as the numbers."""
        chat = self.telegram.chat(person, BOT)
        before = chat.last_from_bot
        self.telegram.open_link(person, session["links"]["telegram"])
        said = await self.telegram.wait_for_message(person, BOT, after=before, within=PATIENCE)
        if not said.inline_keyboard:
            self.telegram.share_contact(person, BOT)
            thanks = await self.telegram.wait_for_message(person, BOT, after=said.id, within=PATIENCE)
            await self.telegram.wait_for_message(person, BOT, after=thanks.id, within=PATIENCE)


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    """Return a street with a running daemon and a registered site."""
    async with (
        emulated_telegram() as (telegram, url),
        daemon_process(tmp_path, url) as daemon,
        aiohttp.ClientSession() as browser,
    ):
        await daemon.start()
        app = await create_app(daemon)
        yield Street(daemon, telegram, browser, app["app_id"])


async def test_a_confirmed_login_survives_and_a_redeemed_one_stays_redeemed(street: Street) -> None:
    """Confirmed on the phone, killed, started: the token is there. Redeemed, killed, started: it is not there again."""
    anna = street.telegram.add_person()
    session = await street.create()
    await street.prompt(anna, session)
    tap = street.telegram.tap(anna, BOT, str(session["match_number"]))
    assert await street.telegram.wait_for_answer(tap)
    await street.daemon.kill()
    await street.daemon.start()
    full = await street.poll(session, type="full")
    assert full["user"]["user_id"] == str(anna.id)
    await street.daemon.kill()
    await street.daemon.start()
    again = await street.poll(session, type="full")
    assert again["token_consumed"] is True
    assert "token" not in again


async def test_a_tap_made_while_the_daemon_is_dead_is_heard_when_it_is_back(street: Street) -> None:
    """The bot goes on where it was: nothing the messenger still holds is lost."""
    anna = street.telegram.add_person()
    session = await street.create()
    await street.prompt(anna, session)
    await street.daemon.kill()
    street.telegram.tap(anna, BOT, str(session["match_number"]))
    await street.daemon.start()
    waiting = await street.poll(session, type="status", poll="true")
    assert waiting["status"] == "confirmed"
    assert "token" in await street.poll(session)


async def test_killed_at_random_moments_every_login_ends_well(street: Street) -> None:
    """Ten logins, each cut by a kill somewhere between the tap and the token: never two tokens.

    None only if the kill hit between the redemption and its answer: then the session says that it was consumed.
    """
    chance = Random(20261121)  # noqa: S311 - moments, not secrets
    anna = street.telegram.add_person()
    for _ in range(10):
        session = await street.create()
        await street.prompt(anna, session)
        street.telegram.tap(anna, BOT, str(session["match_number"]))
        redeemed: list[Json] = []
        redeeming = asyncio.create_task(redeem_until_killed(street, session, redeemed))
        await asyncio.sleep(chance.random() * 0.03)  # the moment of the kill is what this test is about
        await street.daemon.kill()
        redeeming.cancel()
        await asyncio.gather(redeeming, return_exceptions=True)
        await street.daemon.start()
        while (state := await street.poll(session, type="status", poll="true"))["status"] == "pending":
            continue
        assert state["status"] == "confirmed"
        after = await street.poll(session, type="full")
        tokens = [answer for answer in (*redeemed, after) if "token" in answer]
        assert len(tokens) <= 1
        assert tokens or after["token_consumed"], "the answer was lost with the process, after it was redeemed"


async def redeem_until_killed(street: Street, session: Json, redeemed: list[Json]) -> None:
    """Ask for the token again and again, until there is nobody to ask."""
    while True:
        redeemed.append(await street.poll(session, type="full"))


async def test_stopping_answers_those_who_wait(street: Street) -> None:
    """SIGTERM: a waiting browser gets a proper answer at once, and the process ends with 0."""
    session = await street.create()
    waiting = asyncio.create_task(street.poll(session, type="status", poll="true"))
    await street.poll(session, type="status")
    status = await street.daemon.stop()
    assert status == 0
    assert (await waiting)["status"] == "pending"


async def test_commands_work_beside_the_daemon_and_it_notices(street: Street) -> None:
    """Apps change at once; keys rotate, JWKS shows all three kinds, and tokens signed before stay valid."""
    config = str(street.daemon.config)
    await run_command("app", "set", "teapot", "--disable", "--config", config, "--json")
    assert (await street.create())["error"] == "APP_DISABLED"
    await run_command("app", "set", "teapot", "--enable", "--origin", SITE, "--config", config, "--json")
    assert (await street.create())["success"] is True
    url = f"{street.daemon.url}/.well-known/jwks.json"
    async with street.browser.get(url) as answer:
        before = {key["kid"] for key in (await answer.json())["keys"]}
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(*rotate(config), stdout=asyncio.subprocess.DEVNULL)
        assert await process.wait() == 0
    async with patience():
        while True:
            async with street.browser.get(url) as answer:
                after = {key["kid"] for key in (await answer.json())["keys"]}
            if len(after) >= 3:
                break
            await a_moment()  # the daemon looks every five seconds
    assert before <= after


def rotate(config: str) -> list[str]:
    """Return the command that rotates the signing keys."""
    return command("keys", "rotate", "--config", config)
