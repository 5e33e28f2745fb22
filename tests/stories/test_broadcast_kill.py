"""A broadcast and some kills: nobody is left out, and nobody gets it twice but whose message is marked."""

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random  # noqa: TID251 - moments to kill at, from a fixed seed

import aiohttp

from tests.stories.process import command, create_app, daemon_process
from tests.stories.town import BOT, Json, emulated_telegram
from tests.waiting import PATIENCE, patience

PEOPLE, KILLS = 160, 4


async def watched(job_id: str, config: str) -> list[Json]:
    """Watch a broadcast with the command line until that ends by itself, and return what it printed."""
    arguments = command("broadcasts", "watch", job_id, "--json", "--config", config)
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in printed.splitlines()]


async def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed four times on its way: every recipient is sent to, the counts are right, what came twice is marked."""
    async with (
        emulated_telegram() as (telegram, url),
        daemon_process(tmp_path, url) as daemon,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as site,
    ):
        await daemon.start()
        app = await create_app(daemon)

        async def ask(method: str, path: str, body: object = None) -> Json:
            headers = {"Authorization": f"Bearer {app['api_key']}"}
            async with site.request(method, f"{daemon.url}/v1{path}", json=body, headers=headers) as answer:
                told: Json = await answer.json()
                assert answer.status == 200, told
                return told

        def rows(query: str) -> list[tuple[str, int]]:
            with closing(sqlite3.connect(tmp_path / "gatepost.db")) as database:
                return database.execute(query).fetchall()

        link = (await ask("GET", "/subscribe-link"))["telegram_link"]
        people = [telegram.add_person() for _ in range(PEOPLE)]
        for person in people:
            telegram.open_link(person, link)
            await telegram.wait_for_message(person, BOT, within=PATIENCE)
        job_id = (await ask("POST", "/broadcast", {"text": "Hear, hear"}))["job_id"]
        chance = Random(7)  # noqa: S311 - moments, not secrets
        for _ in range(KILLS):
            await asyncio.sleep(0.3 + chance.random() / 2)  # the moment of the kill is what this test is about
            await daemon.kill()
            await daemon.start()
        async with patience():
            lines = await watched(job_id, str(daemon.config))
        assert lines[-1]["status"] == "completed"
        told = await ask("GET", f"/broadcast/{job_id}")
        arrived = Counter(
            person.id
            for person in people
            for message in telegram.chat(person, BOT).messages.values()
            if message.text == "Hear, hear"
        )
        assert set(arrived) == {person.id for person in people}
        assert (told["total"], told["sent"], told["failed"], told["skipped"]) == (PEOPLE, PEOPLE, 0, 0)
        notices = rows("SELECT state, is_maybe_twice FROM notices")
        assert [state for state, _ in notices] == ["sent"] * PEOPLE
        # One that was on its way at several kills comes several times, and has one mark.
        assert sum(count > 1 for count in arrived.values()) <= sum(marked for _, marked in notices)
