"""The emulator served over real HTTP on a loopback port, a person, a bot, and something that calls the Bot API."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from emulator import Emulator, serve
from emulator.people import Person
from emulator.telegram.model import Bot

START_OF_TIME = 1_790_000_000.0


@dataclass(frozen=True)
class Caller:
    """Calls the Bot API as a bot, and the control API as a test."""

    session: aiohttp.ClientSession
    base_url: str
    token: str

    async def form(self, method: str, **parameters: object) -> tuple[int, Any]:
        """Call with a form, as most libraries do; return status and answer."""
        form = {
            name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for name, value in parameters.items()
        }
        async with self.session.post(f"{self.base_url}/bot{self.token}/{method}", data=form) as response:
            return response.status, await response.json()

    async def result(self, method: str, **parameters: object) -> Any:  # noqa: ANN401 - results are any JSON
        """Call with a form and return the result, which there must be."""
        status, answer = await self.form(method, **parameters)
        assert status == 200, answer
        return answer["result"]

    async def refusal(self, method: str, **parameters: object) -> tuple[int, str]:
        """Call with a form and return status and description of the refusal, which there must be."""
        status, answer = await self.form(method, **parameters)
        assert answer["ok"] is False
        assert answer["error_code"] == status
        return status, answer["description"]

    async def control(self, path: str, body: object = None) -> tuple[int, Any]:
        """POST to the control API, or GET when there is no body; return status and answer."""
        verb = "GET" if body is None else "POST"
        async with self.session.request(verb, f"{self.base_url}/control/{path}", json=body) as response:
            return response.status, await response.json()


@pytest.fixture
def emulator() -> Emulator:
    """Make an emulator whose time stands still and whose chance repeats itself."""
    return Emulator(now=lambda: START_OF_TIME, seed=1)


@pytest.fixture
def bot(emulator: Emulator) -> Bot:
    """Register a bot."""
    return emulator.add_bot("gate_bot", first_name="Gate")


@pytest.fixture
def anna(emulator: Emulator) -> Person:
    """Make a person."""
    return emulator.add_person(id=5_000_000_001, first_name="Anna", last_name="Petrova", phone="+7 999 123-45-67")


@pytest.fixture
async def base_url(emulator: Emulator) -> AsyncIterator[str]:
    """Serve the emulator."""
    async with serve(emulator) as url:
        yield url


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open an HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def caller(session: aiohttp.ClientSession, base_url: str, bot: Bot) -> Caller:
    """Call as the bot."""
    return Caller(session, base_url, bot.token)


@pytest.fixture
def started(emulator: Emulator, anna: Person, bot: Bot) -> Person:
    """Let the person start the bot, and the bot forget that update."""
    emulator.open_link(anna, "https://t.me/gate_bot?start=first")
    bot.updates.clear()
    return anna
