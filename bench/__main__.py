"""``make bench``: measures, and prints the table for ``bench/RESULTS.md``."""

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import psutil

from bench import limits
from bench.logins import STEPS, Site, Timings, whole_logins
from bench.outbox import measure_broadcast, measure_sending
from bench.process import (
    BOT_TOKEN,
    BOT_USERNAME,
    SERVER_CORE,
    Server,
    free_port,
    raise_file_limit,
    server,
    write_config,
)
from bench.site import create_app, until_bot_is_up
from bench.waiters import gather_waiters
from emulator import Emulator, serve
from emulator.people import Person

LOGIN_SECONDS = 10.0
CLIENTS = 16
ROUNDS = 3
LONE_LOGINS = 100
POLL_SECONDS = 10
FILES_ALLOWED = raise_file_limit()
SPARE_FILES = 400


@dataclass
class Bench:
    """A daemon under load: its process, its site, and people who have shared their phones."""

    daemon: Server
    site: Site
    people: list[Person]
    url: str


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Start the emulated Telegram here and the daemon on its own core; register a site."""
    telegram = Emulator(log_size=0)
    telegram.add_bot(BOT_USERNAME, BOT_TOKEN)
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as folder:
        telegram_port, port = free_port(), free_port()
        config = write_config(Path(folder), port, telegram_port)
        async with (
            serve(telegram, port=telegram_port),
            server(["daemon", "serve", "--config", str(config)], port, {}) as daemon,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as browser,
        ):
            app_id = (await create_app(config))["app_id"]
            await until_bot_is_up(browser, port)
            site = Site(f"http://127.0.0.1:{port}", app_id, telegram, browser)
            people = [telegram.add_person() for _ in range(64)]
            for person in people:
                await site.introduce(person)
            yield Bench(daemon, site, people, f"http://127.0.0.1:{port}")


async def _commits(browser_url: str) -> int:
    async with aiohttp.ClientSession() as browser, browser.get(f"{browser_url}/health") as answer:
        return int((await answer.json())["commits"])


async def measure_start() -> None:
    """Print how long the daemon takes to be ready, the first time and again, and what it holds when idle."""
    telegram, telegram_port = Emulator(log_size=0), free_port()
    telegram.add_bot(BOT_USERNAME, BOT_TOKEN)
    with tempfile.TemporaryDirectory(prefix="gatepost-bench-") as folder:
        for what in ("first start", "next start", "next start"):
            port = free_port()
            config = write_config(Path(folder), port, telegram_port)
            async with (
                serve(telegram, port=telegram_port),
                server(["daemon", "serve", "--config", str(config)], port, {}) as daemon,
            ):
                await asyncio.sleep(3)
                print(f"{what}: ready in {daemon.ready_seconds:.2f} s · idle {daemon.mebibytes:.0f} MiB")


async def measure_limits() -> tuple[float, float, float]:
    """Measure on the server's core: signatures, bare HTTP, commits, all per second."""
    port = free_port()
    async with server(["bench.bare", str(port)], port, {}):
        bare = await limits.requests_per_second(port)
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CORE})
    signatures, commits = limits.signatures_per_second(), limits.commits_per_second()
    os.sched_setaffinity(0, mine)
    return signatures, bare, commits


async def measure_logins() -> None:
    """Print whole logins and their steps, beside the machine's limits."""
    signatures, bare, commits = await measure_limits()
    print(f"RS256 signatures/s {signatures:,.0f} · bare aiohttp GET/s {bare:,.0f} · commits/s (FULL) {commits:,.0f}")
    async with bench() as running:
        daemon = running.daemon
        lone = Timings()
        for _ in range(LONE_LOGINS):
            await running.site.log_in(running.people[0], lone)
        print_steps("one at a time", lone)
        for clients in (CLIENTS, 64):
            await measure_load(running, clients, signatures)
        jwks = await limits.requests_per_second(daemon.port, "/.well-known/jwks.json")
        print(f"JWKS GET/s {jwks:,.0f} = {jwks / bare:.2f} of bare aiohttp")


async def measure_load(running: Bench, clients: int, signatures: float) -> None:
    """Print whole logins a second with this many clients: the median of three rounds."""
    rounds = []
    for _ in range(ROUNDS):
        cpu, commits = running.daemon.cpu_seconds, await _commits(running.url)
        rate, timings = await whole_logins(running.site, running.people[:clients], LOGIN_SECONDS)
        logins = len(timings.steps["whole login"])
        used = (running.daemon.cpu_seconds - cpu) / logins * 1000
        rounds.append((rate, used, (await _commits(running.url) - commits) / logins, timings))
    rate, used, synced, timings = sorted(rounds, key=lambda each: each[0])[ROUNDS // 2]
    print(
        f"{clients} clients: {rate:,.0f} whole logins/s ({', '.join(f'{each[0]:.0f}' for each in rounds)})"
        f" = {rate / signatures:.2f} of signatures/s · daemon CPU {used:.2f} ms and"
        f" {synced:.1f} commits a login"
        f" · {running.daemon.mebibytes:.0f} MiB"
    )
    print_steps(f"{clients} clients", timings)


async def measure_waiters() -> None:
    """Print what waiting polls cost, and how fast a confirmation reaches its waiter among them."""
    async with bench() as running:
        timings = Timings()
        for count in (5_000, min(20_000, FILES_ALLOWED - SPARE_FILES)):
            sessions = [await running.site.create() for _ in range(count)]
            before = running.daemon.mebibytes
            paths = [f"/api/v1/auth/session/{each['session_id']}?type=status&poll=true" for each in sessions]
            waiters = await gather_waiters(running.daemon.port, paths, POLL_SECONDS)
            after = running.daemon.mebibytes
            print(f"{count:,} waiting polls: {after:.0f} MiB, {(after - before) * 1024 / count:.1f} KiB each")
            timings = Timings()
            for _ in range(LONE_LOGINS):
                await running.site.log_in(running.people[0], timings)
            print_steps(f"one at a time, {count:,} waiting", timings)
            for waiter in waiters:
                waiter.leave()


async def measure_bare_waiters() -> None:
    """Print what a held request costs bare aiohttp, for comparison."""
    port, count = free_port(), 5_000
    async with server(["bench.bare", str(port)], port, {}) as bare:
        before = bare.mebibytes
        waiters = await gather_waiters(port, ["/hold"] * count, 1)
        await asyncio.sleep(1)
        print(f"bare aiohttp, {count:,} held requests: {(bare.mebibytes - before) * 1024 / count:.1f} KiB each")
        for waiter in waiters:
            waiter.leave()


def print_steps(title: str, timings: Timings) -> None:
    """Print p50, p95 and p99 of each step in milliseconds."""
    print(f"  {title:38} {'p50':>8} {'p95':>8} {'p99':>8}  ms")
    for step in STEPS:
        print(f"    {step:36} " + " ".join(f"{value:8.1f}" for value in timings.percentiles(step)))


MEASURES: Final = {
    "start": measure_start,
    "logins": measure_logins,
    "bare": measure_bare_waiters,
    "waiters": measure_waiters,
    "sending": measure_sending,
    "broadcast": measure_broadcast,
}
"""What can be measured, by the name it is asked for on the command line."""


def main() -> None:
    """Measure what is named on the command line, or everything."""
    wanted = sys.argv[1:] or list(MEASURES)
    processor = subprocess.run(
        ["/bin/sh", "-c", "grep -m1 'model name' /proc/cpuinfo"], capture_output=True, text=True, check=False
    )
    memory = psutil.virtual_memory().total / 1024**3
    print(f"{platform.platform()} · Python {platform.python_version()} · {processor.stdout.partition(': ')[2].strip()}")
    print(f"{psutil.cpu_count()} cores, {memory:.0f} GiB · daemon on core {SERVER_CORE}, load on the others")
    print(f"open files allowed: {FILES_ALLOWED:,}")
    others = set(range(psutil.cpu_count() or 1)) - {SERVER_CORE}
    os.sched_setaffinity(0, others or {SERVER_CORE})
    for name in wanted:
        asyncio.run(MEASURES[name]())


if __name__ == "__main__":
    main()
