"""A thousand messages and twenty kills: nothing that was accepted is lost, and what went out twice is marked."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random  # noqa: TID251 - moments to kill at, from a fixed seed

import aiohttp
import pytest

from emulator import Emulator
from emulator.people import Person
from tests.stories.process import DaemonProcess, create_app, daemon_process
from tests.stories.town import BOT, Json, emulated_telegram
from tests.waiting import PATIENCE, a_moment, patience

MESSAGES, KILLS, PEOPLE, SENDERS = 1000, 20, 60, 40


@dataclass
class Shop:
    """A daemon that can be killed, and the site's server that goes on sending."""

    daemon: DaemonProcess
    telegram: Emulator
    site: aiohttp.ClientSession
    app: Json

    async def send(self, phone: str, text: str) -> bool:
        """Send a message; return whether it was accepted, as far as one can tell."""
        headers = {"X-Authorization": f"token {self.app['message_api_token']}"}
        body = {"recipient": phone, "message": text}
        try:
            async with self.site.post(f"{self.daemon.url}/api/v1/message/send", json=body, headers=headers) as answer:
                return answer.status in {200, 202}
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    def notices(self) -> list[tuple[str, str, int]]:
        """Return id, state and whether it is marked of every message that was accepted."""
        with closing(sqlite3.connect(self.daemon.config.parent / "gatepost.db")) as database:
            return database.execute("SELECT message_id, state, is_maybe_twice FROM notices").fetchall()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """Run a daemon with an app."""
    async with (
        emulated_telegram() as (telegram, url),
        daemon_process(tmp_path, url) as daemon,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as site,
    ):
        await daemon.start()
        yield Shop(daemon, telegram, site, await create_app(daemon))


async def log_in(shop: Shop, person: Person) -> None:
    """Log a person in."""
    async with shop.site.post(f"{shop.daemon.url}/api/v1/auth/session", json={"app_id": shop.app["app_id"]}) as answer:
        session: Json = await answer.json()
    telegram = shop.telegram
    telegram.open_link(person, session["links"]["telegram"])
    asks = await telegram.wait_for_message(person, BOT, within=PATIENCE)
    telegram.share_contact(person, BOT)
    thanks = await telegram.wait_for_message(person, BOT, after=asks.id, within=PATIENCE)
    await telegram.wait_for_message(person, BOT, after=thanks.id, within=PATIENCE)
    assert await telegram.wait_for_answer(telegram.tap(person, BOT, str(session["match_number"])))


async def test_nothing_accepted_is_lost(shop: Shop) -> None:
    """Every accepted message arrives; those that arrived twice are among the marked ones."""
    people = [shop.telegram.add_person(phone=f"+7999{number:07}") for number in range(PEOPLE)]
    for start in range(0, PEOPLE, 20):
        await asyncio.gather(*(log_in(shop, person) for person in people[start : start + 20]))
    numbers, accepted, chance = count(), list[str](), Random(6)  # noqa: S311 - moments, not secrets

    async def keep_sending() -> None:
        while len(accepted) < MESSAGES:
            number = next(numbers)
            text = f"message {number}"
            if await shop.send(f"+{people[number % PEOPLE].phone}", text):
                accepted.append(text)
            else:
                await asyncio.sleep(0.05)  # nobody is there to be asked

    senders = [asyncio.create_task(keep_sending()) for _ in range(SENDERS)]
    for _ in range(KILLS):
        await asyncio.sleep(0.3 + chance.random())  # the moment of the kill is what this test is about
        await shop.daemon.kill()
        await shop.daemon.start()
    await asyncio.gather(*senders)
    async with patience():
        while any(state in {"accepted", "sending"} for _, state, _ in shop.notices()):
            await a_moment()  # another program's state

    arrived = Counter(
        message.text
        for person in people
        for message in shop.telegram.chat(person, BOT).messages.values()
        if (message.text or "").startswith("message ")
    )
    kept = shop.notices()
    assert {state for _, state, _ in kept} == {"sent"}
    assert set(accepted) <= set(arrived)
    assert len(arrived) == len(kept)
    twice = sum(arrived.values()) - len(arrived)
    assert twice <= sum(marked for _, _, marked in kept)
