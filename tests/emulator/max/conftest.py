"""An emulated MAX served over real HTTP, a person, a bot, something that calls its API, and a bot's web server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from emulator import Emulator
from emulator.max.app import MaxApp
from emulator.max.model import Bot
from emulator.people import Person

TOKEN = "f9LHodD0cOL-test_token"
LINK = "https://max.ru/id123_bot"
YES = {"type": "callback", "text": "Yes", "payload": "yes"}
SHARE = {"type": "request_contact", "text": "Share"}


def keyboard(*rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the attachments of a message with these rows of buttons."""
    return [{"type": "inline_keyboard", "payload": {"buttons": list(rows)}}]


@dataclass(frozen=True)
class MaxCaller:
    """Calls MAX's API as a bot; `user` is the id of the person it writes to."""

    session: aiohttp.ClientSession
    base_url: str
    user: int

    async def call(self, method: str, body: object = None, **query: object) -> tuple[int, Any]:
        """Call a method such as "POST /messages"; return status and answer."""
        verb, path = method.split(" ")
        async with self.session.request(
            verb,
            f"{self.base_url}{path}",
            json=body,
            params={name: str(value) for name, value in query.items()},
            headers={"Authorization": TOKEN},
        ) as response:
            return response.status, await response.json()

    async def result(self, method: str, body: object = None, **query: object) -> Any:  # noqa: ANN401 - any JSON
        """Call a method and return the answer, which must be a success."""
        status, answer = await self.call(method, body, **query)
        assert status == 200, answer
        return answer

    async def refusal(self, method: str, body: object = None, **query: object) -> tuple[int, str, str]:
        """Call a method and return status, code and message of the refusal, which there must be."""
        status, answer = await self.call(method, body, **query)
        return status, answer["code"], answer["message"]

    async def send(self, text: str, *rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - any JSON
        """Send the person a message, with rows of buttons if any, and return it."""
        body = {"text": text, "attachments": keyboard(*rows)} if rows else {"text": text}
        return (await self.result("POST /messages", body, user_id=self.user))["message"]

    async def news(self, **query: object) -> list[Any]:
        """Fetch what waits, without waiting."""
        return list((await self.result("GET /updates", timeout=0, **query))["updates"])


@pytest.fixture
def app(emulator: Emulator) -> MaxApp:
    """Hold the emulated MAX."""
    return emulator.max


@pytest.fixture
def max_bot(app: MaxApp) -> Bot:
    """Register a MAX bot."""
    return app.add_bot("id123_bot", TOKEN, "Gate")


@pytest.fixture
def call(session: aiohttp.ClientSession, base_url: str, max_bot: Bot, app: MaxApp, anna: Person) -> MaxCaller:
    """Call as the bot, which writes to Anna."""
    assert app.bots() == [max_bot]
    return MaxCaller(session, base_url, app.user_id(anna))


@pytest.fixture
def known(app: MaxApp, anna: Person, max_bot: Bot) -> Person:
    """Let the person start the bot, and the bot forget that update."""
    app.open_link(anna, f"{LINK}?start=first")
    max_bot.updates.clear()
    return anna


@dataclass
class Receiver:
    """A bot's web server; `answers` are the statuses it gives in turn (then 200)."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: "asyncio.Queue[tuple[str | None, dict[str, Any]]]" = field(default_factory=asyncio.Queue)

    async def hear(self, request: web.Request) -> web.Response:
        """Take one update."""
        update = await request.json()
        self.heard.put_nowait((request.headers.get("X-Max-Bot-Api-Secret"), update))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def text(self) -> str:
        """Wait for an update with a message and return its text."""
        _, update = await self.heard.get()
        text: str = update["message"]["body"]["text"]
        return text


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run the bot's web server."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/hook{rest:.*}", receiver.hear)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()
