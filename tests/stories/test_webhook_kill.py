"""``kill -9`` between the commit and the site's answer: what was promised to be told is told."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.stories.process import DaemonProcess, create_app, daemon_process, run_command
from tests.stories.town import Json, emulated_telegram
from tests.webhooks.receiver import Receiver, receiving, status

_ALLOWED = '[webhooks]\nallowed_networks = ["127.0.0.0/8"]'
_LEASE_MS = 60_000


@dataclass
class Street:
    """A daemon that can be killed, and a site with a server on this machine."""

    daemon: DaemonProcess
    receiver: Receiver
    app: Json
    folder: Path

    async def simulate(self) -> str:
        """Have the site told something, and return the delivery's id; by then it is on the disk."""
        url = f"{self.daemon.url}/v1/test/simulate-event"
        headers = {"Authorization": f"Bearer {self.app['test_api_key']}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json={"event": "auth.completed"}, headers=headers) as answer,
        ):
            ((sent,),) = (await answer.json()).values()
            return str(sent["id"])

    def let_leases_run_out(self) -> None:
        """Let a minute pass for whatever was on its way when the daemon died."""
        with closing(sqlite3.connect(self.folder / "gatepost.db")) as database, database:
            database.execute(f"UPDATE deliveries SET next_at = next_at - {_LEASE_MS}")  # noqa: S608 - our own number

    async def log(self) -> list[Json]:
        """Read the log by the command line, beside the daemon."""
        answer = await run_command("webhooks", "log", "teapot", "--json", "--config", str(self.daemon.config))
        deliveries: list[Json] = answer["deliveries"]
        return deliveries


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    """Return a street with a running daemon, a registered site, and its endpoint made on the command line."""
    async with (
        emulated_telegram() as (_, url),
        receiving(Receiver()) as receiver,
        daemon_process(tmp_path, url, _ALLOWED) as daemon,
    ):
        await daemon.start()
        app = await create_app(daemon)
        await run_command("webhooks", "add", "teapot", receiver.url, "--json", "--config", str(daemon.config))
        yield Street(daemon, receiver, app, tmp_path)


async def test_killed_while_the_site_does_not_answer(street: Street) -> None:
    """It comes again after the next start, under the same id, and is settled once."""
    street.receiver.answer = street.receiver.hang
    sent = await street.simulate()
    assert (await street.receiver.next()).delivery_id == sent
    await street.daemon.kill()
    street.let_leases_run_out()
    street.receiver.answer = status(200)
    await street.daemon.start()
    assert (await street.receiver.next()).delivery_id == sent
    while (await street.log())[0]["state"] != "delivered":
        continue
    assert [(each["id"], each["attempts"]) for each in await street.log()] == [(sent, 1)]


async def test_killed_right_after_the_commit(street: Street) -> None:
    """However far the sending had come, each arrives, and no note was lost."""
    told = []
    for _ in range(3):
        told.append(await street.simulate())
        await street.daemon.kill()
        street.let_leases_run_out()
        await street.daemon.start()
    seen: set[str] = set()
    while not seen.issuperset(told):
        seen.add((await street.receiver.next()).delivery_id)
    assert seen == set(told)
