"""Messages of sites: how many go out a second, and how a broadcast keeps to Telegram's rate and out of others' way."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.logins import Site, Timings
from bench.process import BOT_TOKEN, BOT_USERNAME, SERVER_CORE, Server, free_port, server, write_config
from bench.site import create_app, until_bot_is_up
from emulator import Emulator, serve
from emulator.calls import CallLog
from emulator.people import Person

Json = dict[str, Any]

SUBSCRIBERS: Final = 10_000
REACHED_BY_PHONE: Final = 100
"""How many more are not in the broadcast, and are written to one by one while it runs."""
FIRST_ID: Final = 5_000_000_000
BATCH: Final = 100
CLIENTS: Final = 16
SINGLES: Final = 64
ROUNDS: Final = 3
BARE_SECONDS: Final = 5.0
ALLOWED: Final = 30
"""Messages a second that Telegram allows."""
UNBOUND: Final = 10_000
WATCHED_SECONDS: Final = 60.0
BETWEEN_SECONDS: Final = 0.25
NOTIFICATION: Final = "Your parcel is here"
WIRE: Final = "request → message on the wire"
PROMPT: Final = "link opened to prompt"


@dataclass
class Office:
    """A daemon, its site with keys, and the people it may write to: ``many`` by id, ``few`` by phone."""

    daemon: Server
    telegram: Emulator
    telegram_url: str
    browser: aiohttp.ClientSession
    secrets: Json
    many: list[Person]
    few: list[Person]

    async def project(self, method: str, path: str, body: object = None) -> Json:
        """Call the project API."""
        headers = {"Authorization": f"Bearer {self.secrets['api_key']}"}
        return await self._asked(method, f"/v1{path}", body, headers)

    async def message(self, person: Person, text: str) -> Json:
        """Write to a phone."""
        body = {"recipient": f"+{person.phone}", "message": text}
        headers = {"X-Authorization": f"token {self.secrets['message_api_token']}"}
        return await self._asked("POST", "/api/v1/message/send", body, headers)

    async def _asked(self, method: str, path: str, body: object, headers: dict[str, str]) -> Json:
        url = f"http://127.0.0.1:{self.daemon.port}{path}"
        async with self.browser.request(method, url, json=body, headers=headers) as answer:
            told: Json = await answer.json()
            if answer.status not in {200, 202}:
                raise RuntimeError(f"{path}: {answer.status} {told}")
            return told


@asynccontextmanager
async def office(folder: Path, telegram: Emulator, messages_per_second: int) -> AsyncIterator[Office]:
    """Run a daemon on what ``folder`` holds; the first time nobody is subscribed yet."""
    telegram_port, port = free_port(), free_port()
    config = write_config(folder, port, telegram_port, messages_per_second)
    async with (
        serve(telegram, port=telegram_port) as telegram_url,
        server(["daemon", "serve", "--config", str(config)], port, {}) as daemon,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=120)
        ) as browser,
    ):
        await until_bot_is_up(browser, port)
        known = folder / "secrets.json"
        if not known.exists():
            known.write_text(json.dumps(await create_app(config)))
        people = sorted(telegram.people.all(), key=lambda person: person.id)
        built = Office(daemon, telegram, telegram_url, browser, json.loads(known.read_text()), people, [])
        built.few, built.many = people[:REACHED_BY_PHONE], people[REACHED_BY_PHONE:]
        yield built


async def move_in(here: Office) -> None:
    """Let everybody subscribe, those to be reached by phone with it and with a tag."""
    site = Site(f"http://127.0.0.1:{here.daemon.port}", here.secrets["app_id"], here.telegram, here.browser)
    people = [
        here.telegram.add_person(id=FIRST_ID + number, phone=f"7999{number:07}")
        for number in range(REACHED_BY_PHONE + SUBSCRIBERS)
    ]
    here.few, here.many = people[:REACHED_BY_PHONE], people[REACHED_BY_PHONE:]
    for person in here.few:
        await site.introduce(person)
    await here.project("POST", "/tags", {"name": "desk"})
    desk = (await here.project("GET", "/subscribe-link?tag=desk"))["telegram_link"]
    plain = (await here.project("GET", "/subscribe-link"))["telegram_link"]

    async def subscribe(person: Person, link: str) -> None:
        chat = here.telegram.open_link(person, link)
        await here.telegram.wait_for_message(person, BOT_USERNAME, after=chat.last_from_bot, within=60)

    for group, link in ((here.few, desk), (here.many, plain)):
        for start in range(0, len(group), BATCH):
            await asyncio.gather(*(subscribe(person, link) for person in group[start : start + BATCH]))


async def measure_sending() -> None:
    """Print how many messages a second go out where nothing but the machine bounds them."""
    telegram = Emulator(log_size=0)
    telegram.add_bot(BOT_USERNAME, BOT_TOKEN)
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as folder:
        async with office(Path(folder), telegram, UNBOUND) as here:
            await move_in(here)
            bare, bare_per_cpu = await _bare_sends(here)
            print(f"bare aiohttp client: {bare:,.0f} messages/s, {bare_per_cpu:,.0f} a second of CPU")
            ids = await _subscriber_ids(here)
            for title, send in (("batches of 100", _in_batches), ("one by one", _one_by_one)):
                await _measure_rounds(here, title, partial(send, here, ids), bare, bare_per_cpu)


async def _measure_rounds(
    here: Office, title: str, send: Callable[[], Awaitable[int]], bare: float, bare_per_cpu: float
) -> None:
    """Print the median of three rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), here.daemon.cpu_seconds
        sent = await send()
        seconds, cpu = time.perf_counter() - began, here.daemon.cpu_seconds - used
        rounds.append((sent / seconds, sent / cpu))
    rate, per_cpu = sorted(rounds)[ROUNDS // 2]
    print(
        f"{title}: {rate:,.0f} messages/s ({', '.join(f'{each[0]:,.0f}' for each in rounds)}) = {rate / bare:.2f} of"
        f" bare · {per_cpu:,.0f} a second of CPU = {per_cpu / bare_per_cpu:.2f} of bare"
        f" · {here.daemon.mebibytes:.0f} MiB"
    )


async def _bare_sends(here: Office) -> tuple[float, float]:
    """Measure an aiohttp client that only sends, on the daemon's core, to the same Telegram."""
    url = f"{here.telegram_url}/bot{BOT_TOKEN}/sendMessage"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.bare_client", url, str(BARE_SECONDS), str(FIRST_ID), str(SUBSCRIBERS)),
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
    )
    printed, _ = await process.communicate()
    rate, per_cpu = (float(part) for part in printed.split())
    return rate, per_cpu


async def _subscriber_ids(here: Office) -> list[str]:
    ids: list[str] = []
    while len(ids) < SUBSCRIBERS:
        page = (await here.project("GET", f"/subscribers?limit=200&offset={len(ids)}"))["subscribers"]
        ids += [subscriber["id"] for subscriber in page]
    return ids[:SUBSCRIBERS]


async def _in_batches(here: Office, ids: list[str]) -> int:
    """Write to all by ``/v1/send/batch``, ``CLIENTS`` requests at a time; return how many were sent."""
    batches = iter([ids[start : start + BATCH] for start in range(0, len(ids), BATCH)])
    sent = 0

    async def client() -> None:
        nonlocal sent
        for batch in batches:
            messages = [{"subscriber_id": each, "text": "Your order 17 is ready"} for each in batch]
            told = await here.project("POST", "/send/batch", {"messages": messages})
            sent += told["sent"]

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return sent


async def _one_by_one(here: Office, ids: list[str]) -> int:
    """Write to all by ``/v1/send``, ``SINGLES`` requests at a time; return how many were sent."""
    left = iter(ids)
    sent = 0

    async def client() -> None:
        nonlocal sent
        for each in left:
            told = await here.project("POST", "/send", {"subscriber_id": each, "text": "Your order 17 is ready"})
            sent += told["sent"]

    await asyncio.gather(*(client() for _ in range(SINGLES)))
    return sent


async def measure_broadcast() -> None:
    """Print how a broadcast of ten thousand goes under Telegram's limits, and what it does to everybody else."""
    telegram = Emulator(log_size=0)
    telegram.add_bot(BOT_USERNAME, BOT_TOKEN)
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as folder:
        async with office(Path(folder), telegram, UNBOUND) as here:
            await move_in(here)
        telegram.call_log = CallLog(200_000)
        telegram.limits.is_on = True
        async with office(Path(folder), telegram, ALLOWED) as here:
            await _watch_broadcast(here)


async def _watch_broadcast(here: Office) -> None:
    idle, used, began = here.daemon.mebibytes, here.daemon.cpu_seconds, time.perf_counter()
    job = await here.project("POST", "/broadcast", {"text": "Hello, {{first_name}}!", "exclude_tags": ["desk"]})
    print(f"a broadcast to {job['total_subscribers']:,}: accepted in {time.perf_counter() - began:.2f} s")
    await asyncio.sleep(1)
    before = len(_sends(here, 200))
    await asyncio.sleep(WATCHED_SECONDS)
    sent = len(_sends(here, 200)) - before
    print(
        f"{WATCHED_SECONDS:.0f} s of it alone: {sent:,} messages = {sent / WATCHED_SECONDS / ALLOWED:.1%} of what"
        f" Telegram allows, {len(_sends(here, 429))} refused as too many"
    )
    timings = await _others(here)
    print(f"{WATCHED_SECONDS:.0f} s beside others: {len(_sends(here, 429))} refused as too many")
    for step in (WIRE, PROMPT):
        p50, p95, p99 = timings.percentiles(step)
        print(f"  {step}: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms ({len(timings.steps[step])} times)")
    highest = idle
    while (told := await here.project("GET", f"/broadcast/{job['job_id']}"))["status"] not in {"completed", "failed"}:
        highest = max(highest, here.daemon.mebibytes)
        await asyncio.sleep(1)
    seconds, cpu = time.perf_counter() - began, here.daemon.cpu_seconds - used
    print(
        f"done in {seconds:.0f} s: {told['sent']:,} sent, {told['failed']} failed, {told['skipped']} skipped;"
        f" {told['sent'] / seconds:.1f} a second, {len(_sends(here, 429))} refused as too many;"
        f" CPU {cpu / seconds:.1%} of a core, {cpu / told['sent'] * 1000:.2f} ms a message;"
        f" {idle:.0f} MiB before, {highest:.0f} at most"
    )


async def _others(here: Office) -> Timings:
    """Write to phones and log people in while the broadcast goes out; return the timings."""
    timings = Timings()
    site = Site(f"http://127.0.0.1:{here.daemon.port}", here.secrets["app_id"], here.telegram, here.browser)
    began = time.perf_counter()
    tasks = []
    number = 0
    while time.perf_counter() - began < WATCHED_SECONDS:
        person = here.few[number % len(here.few)]
        step = site.log_in(person, timings) if number % 2 else _notify(here, person, timings)
        tasks.append(asyncio.create_task(step))
        number += 1
        await asyncio.sleep(BETWEEN_SECONDS)
    await asyncio.gather(*tasks)
    return timings


async def _notify(here: Office, person: Person, timings: Timings) -> None:
    after = here.telegram.chat(person, BOT_USERNAME).last_from_bot
    with timings.of(WIRE):
        request = asyncio.create_task(here.message(person, NOTIFICATION))
        await here.telegram.wait_for_message(person, BOT_USERNAME, after=after, within=30)
    await request


def _sends(here: Office, status: int) -> list[object]:
    return [call for call in here.telegram.calls(method="sendMessage") if call.status == status]
