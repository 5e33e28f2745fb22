"""Kills while messages fall due: each is posted once, none is lost, and what went out twice is marked."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - moments to kill at, from a fixed seed

import aiohttp

from emulator import Emulator
from emulator.people import Person
from tests.stories.process import DaemonProcess, create_app, daemon_process
from tests.stories.town import BOT, Json, emulated_telegram
from tests.waiting import PATIENCE, a_moment, patience

PEOPLE, EACH, KILLS = 15, 8, 5


async def ask(daemon: DaemonProcess, key: str, method: str, path: str, body: object = None) -> Json:
    """Call the project API; it must work."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession() as site,
        site.request(method, f"{daemon.url}/v1{path}", json=body, headers=headers) as answer,
    ):
        told: Json = await answer.json()
        assert answer.status == 200, told
        return told


def rows(daemon: DaemonProcess, question: str) -> list[tuple[int, ...]]:
    """Ask the database, as another program."""
    with closing(sqlite3.connect(daemon.config.parent / "gatepost.db")) as database:
        return database.execute(question).fetchall()


async def prepare(daemon: DaemonProcess, telegram: Emulator, key: str) -> list[Person]:
    """Let people subscribe, and have messages of each kind fall due in the next seconds."""
    link = (await ask(daemon, key, "GET", "/subscribe-link"))["telegram_link"]
    people = [telegram.add_person(first_name=f"Person{number}") for number in range(PEOPLE)]
    for person in people:
        telegram.open_link(person, link)
        await telegram.wait_for_message(person, BOT, within=PATIENCE)
    subscribers = (await ask(daemon, key, "GET", "/subscribers"))["subscribers"]
    assert len(subscribers) == PEOPLE
    steps = [{"delay_minutes": 0, "text": f"step {number}"} for number in range(EACH)]
    await ask(daemon, key, "POST", "/drip-chains", {"trigger": "event", "trigger_value": "go", "steps": steps})
    begin = datetime.now(UTC) + timedelta(seconds=1)  # noqa: TID251 - the daemon lives in the machine's time
    for each in subscribers:
        await ask(daemon, key, "POST", "/events/track", {"subscriber_id": each["id"], "event": "go"})
        for number in range(EACH):
            at = (begin + timedelta(seconds=number)).isoformat()
            body = {"subscriber_id": each["id"], "text": f"later {number}", "scheduled_at": at}
            await ask(daemon, key, "POST", "/scheduled", body)
    return people


async def test_kills_while_messages_fall_due(tmp_path: Path) -> None:
    """Every message is in the outbox once, and arrives; those that arrived twice are among the marked ones."""
    chance = Random(7)  # noqa: S311 - moments, not secrets
    async with emulated_telegram() as (telegram, url), daemon_process(tmp_path, url) as daemon:
        await daemon.start()
        people = await prepare(daemon, telegram, str((await create_app(daemon))["api_key"]))
        for _ in range(KILLS):
            await asyncio.sleep(0.2 + chance.random())  # the moment of the kill is what this test is about
            await daemon.kill()
            await daemon.start()
        async with patience():
            while rows(daemon, "SELECT 1 FROM enrolments UNION ALL SELECT 1 FROM scheduled WHERE settled_at IS NULL"):
                await a_moment()  # another program's state
            while rows(daemon, "SELECT 1 FROM notices WHERE next_at IS NOT NULL"):
                await a_moment()  # another program's state
        posted = rows(daemon, "SELECT count(*), sum(is_maybe_twice), sum(state = 'sent') FROM notices")
    arrived = Counter(
        (person.id, message.text)
        for person in people
        for message in telegram.chat(person, BOT).messages.values()
        if (message.text or "").startswith(("step ", "later "))
    )
    assert len(arrived) == PEOPLE * EACH * 2
    ((notices, marked, sent),) = posted
    assert notices == sent == PEOPLE * EACH * 2
    assert sum(arrived.values()) - len(arrived) <= marked
