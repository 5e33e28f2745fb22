"""Whole logins as fast as they go: a site, its visitors, their phones and Telegram, against one daemon."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.process import BOT_USERNAME
from emulator import Emulator
from emulator.people import Person

Json = dict[str, Any]

STEPS = ("create", "link opened to prompt", "tap to waiter", "redeem", "whole login")


@dataclass
class Timings:
    """How long each step took, in milliseconds."""

    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time the block as one run of ``step``."""
        began = time.perf_counter()
        yield
        self.steps[step].append((time.perf_counter() - began) * 1000)

    def percentiles(self, step: str) -> tuple[float, float, float]:
        """Return p50, p95 and p99 of a step."""
        ranked = sorted(self.steps[step])
        p50, p95, p99 = (ranked[min(int(len(ranked) * part), len(ranked) - 1)] for part in (0.5, 0.95, 0.99))
        return p50, p95, p99


class Site:
    """A site with its visitors, driving whole logins against the daemon at ``url``."""

    def __init__(self, url: str, app_id: str, telegram: Emulator, browser: aiohttp.ClientSession) -> None:
        self._sessions = f"{url}/api/v1/auth/session"
        self._app_id = app_id
        self._telegram = telegram
        self._browser = browser

    async def introduce(self, person: Person) -> None:
        """Let the person share their phone once, so that later logins need only the tap."""
        session = await self.create()
        self._telegram.open_link(person, session["links"]["telegram"])
        asked = await self._telegram.wait_for_message(person, BOT_USERNAME)
        self._telegram.share_contact(person, BOT_USERNAME)
        thanks = await self._telegram.wait_for_message(person, BOT_USERNAME, after=asked.id)
        await self._telegram.wait_for_message(person, BOT_USERNAME, after=thanks.id)

    async def log_in(self, person: Person, timings: Timings) -> None:
        """Do one whole login: create, open the link, tap the number, see it in a waiting poll, redeem."""
        with timings.of("whole login"):
            with timings.of("create"):
                session = await self.create()
            with timings.of("link opened to prompt"):
                await self.open_link(person, session)
            url = f"{self._sessions}/{session['session_id']}"
            await self.confirm(person, session, timings)
            with timings.of("redeem"):
                redeemed = await self._get(f"{url}?type=full")
        if "token" not in redeemed:
            raise RuntimeError(f"no token: {redeemed}")

    async def open_link(self, person: Person, session: Json) -> None:
        """Open the link and wait for the prompt."""
        before = self._telegram.chat(person, BOT_USERNAME).last_from_bot
        self._telegram.open_link(person, session["links"]["telegram"])
        await self._telegram.wait_for_message(person, BOT_USERNAME, after=before)

    async def confirm(self, person: Person, session: Json, timings: Timings) -> None:
        """Wait at the daemon, tap the number, and time from the tap to the waiter's answer."""
        waiting = asyncio.create_task(self._get(f"{self._sessions}/{session['session_id']}?type=status&poll=true"))
        await asyncio.sleep(0.002)
        with timings.of("tap to waiter"):
            self._telegram.tap(person, BOT_USERNAME, str(session["match_number"]))
            seen = await waiting
        if seen["status"] != "confirmed":
            raise RuntimeError(f"not confirmed: {seen}")

    async def create(self) -> Json:
        """Start a login."""
        body = {"app_id": self._app_id, "match": True, "locale": "en"}
        async with self._browser.post(self._sessions, json=body) as answer:
            session: Json = await answer.json()
            return session

    async def _get(self, url: str) -> Json:
        async with self._browser.get(url) as answer:
            body: Json = await answer.json()
            return body


async def whole_logins(site: Site, people: list[Person], seconds: float) -> tuple[float, Timings]:
    """Let each of ``people`` log in again and again; return logins a second and the timings."""
    timings = Timings()
    done = 0
    deadline = time.perf_counter() + seconds

    async def visit(person: Person) -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await site.log_in(person, timings)
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(visit(person) for person in people))
    return done / (time.perf_counter() - began), timings
