"""A business with a number, its web server, and something that calls the Cloud API for it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from emulator import Emulator
from emulator.people import Person
from emulator.whatsapp.model import Number
from tests.waiting import PATIENCE

VERIFY_TOKEN = "let me in"


@dataclass
class Callback:
    """A business's web server; `answers` are the statuses it gives in turn (then 200). `bodies` are what it heard."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    challenge_answer: bytes | None = None
    bodies: "asyncio.Queue[tuple[str | None, bytes]]" = field(default_factory=asyncio.Queue)

    async def verify(self, request: web.Request) -> web.Response:
        """Answer the challenge of whoever knows the token."""
        if request.query["hub.mode"] != "subscribe" or request.query["hub.verify_token"] != VERIFY_TOKEN:
            return web.Response(status=403)
        challenge = request.query["hub.challenge"].encode()
        return web.Response(body=self.challenge_answer or challenge, content_type="text/plain")

    async def hear(self, request: web.Request) -> web.Response:
        """Take one body."""
        body = await request.read()
        status = self.answers.pop(0) if self.answers else 200
        self.bodies.put_nowait((request.headers.get("X-Hub-Signature-256"), body))
        return web.Response(status=status)

    async def raw(self) -> tuple[str | None, bytes]:
        """Wait for the next body and return its signature and itself."""
        return await asyncio.wait_for(self.bodies.get(), PATIENCE)

    async def body(self) -> dict[str, Any]:
        """Wait for the next body, decoded."""
        _, body = await self.raw()
        return dict(json.loads(body))

    async def value(self) -> dict[str, Any]:
        """Wait for the next body, which must tell one thing, and return that."""
        (entry,) = (await self.body())["entry"]
        (change,) = entry["changes"]
        assert change["field"] == "messages"
        return dict(change["value"])

    async def message(self) -> dict[str, Any]:
        """Wait for the next message of a person, passing statuses by."""
        while "messages" not in (value := await self.value()):
            continue
        (message,) = value["messages"]
        return dict(message)

    async def status(self) -> dict[str, Any]:
        """Wait for the next status."""
        while "statuses" not in (value := await self.value()):
            continue
        (status,) = value["statuses"]
        return dict(status)


@dataclass(frozen=True)
class Business:
    """Calls the Cloud API for a number, and the control API as a test."""

    session: aiohttp.ClientSession
    base_url: str
    number: Number

    async def call(self, verb: str, path: str, body: object = None, token: str | None = None) -> tuple[int, Any]:
        """Call any path below the version; return status and answer."""
        headers = {"Authorization": f"Bearer {token or self.number.token}"}
        async with self.session.request(verb, f"{self.base_url}/v26.0/{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def messages(self, **body: object) -> tuple[int, Any]:
        """Post to `messages`; return status and answer."""
        given = {"messaging_product": "whatsapp", **body}
        return await self.call("POST", f"{self.number.phone_number_id}/messages", given)

    async def sent(self, person: Person, **body: object) -> str:
        """Send a message, which must be accepted, and return its wamid."""
        status, answer = await self.messages(to=f"+{person.phone}", **body)
        assert status == 200, answer
        wamid: str = answer["messages"][0]["id"]
        return wamid

    async def refusal(self, **body: object) -> tuple[int, int]:
        """Post to `messages` and return status and code of the refusal, which there must be."""
        status, answer = await self.messages(**body)
        assert "error" in answer, answer
        return status, answer["error"]["code"]

    async def read(self, wamid: str, **more: object) -> tuple[int, Any]:
        """Mark a message as read."""
        return await self.messages(status="read", message_id=wamid, **more)

    async def control(self, path: str, body: object = None) -> tuple[int, Any]:
        """POST to the control API, or GET when there is no body; return status and answer."""
        verb = "GET" if body is None else "POST"
        async with self.session.request(verb, f"{self.base_url}/control/{path}", json=body) as response:
            return response.status, await response.json()


def text(body: str = "Hi") -> dict[str, object]:
    """Make the parts of a text message."""
    return {"type": "text", "text": {"body": body}}


def buttons(*replies: tuple[str, str], **parts: object) -> dict[str, object]:
    """Make the parts of a message with buttons: pairs of id and title."""
    listed = [{"type": "reply", "reply": {"id": data, "title": title}} for data, title in replies]
    interactive = {"type": "button", "body": {"text": "Sign in?"}, "action": {"buttons": listed}, **parts}
    return {"type": "interactive", "interactive": interactive}


CONTACT_REQUEST = {
    "type": "interactive",
    "interactive": {
        "type": "request_contact_info",
        "body": {"text": "Your number?"},
        "action": {"name": "request_contact_info"},
    },
}
YES_NO = buttons(("ok:1", "Yes"), ("no:1", "No"))


@pytest.fixture
def number(emulator: Emulator) -> Number:
    """Register a business number."""
    return emulator.whatsapp.add_number("+7 999 000-00-01", app_secret="app-secret-1", verified_name="Gate")


@pytest.fixture
def business(session: aiohttp.ClientSession, base_url: str, number: Number) -> Business:
    """Call as the business."""
    return Business(session, base_url, number)


@pytest.fixture
async def callback() -> AsyncIterator[Callback]:
    """Run the business's web server."""
    callback = Callback()
    app = web.Application(client_max_size=4 * 2**20)
    app.router.add_get("/hook", callback.verify)
    app.router.add_post("/hook", callback.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callback.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield callback
    await runner.cleanup()


@pytest.fixture
async def subscribed(
    emulator: Emulator,
    business: Business,  # the server is up first and down last
    callback: Callback,
) -> Callback:
    """Save the callback for the number."""
    await emulator.whatsapp.subscribe(business.number, callback.url, VERIFY_TOKEN)
    return callback


@pytest.fixture
async def talking(emulator: Emulator, anna: Person, number: Number) -> Person:
    """Let the person write to the business, which opens the window for free messages."""
    emulator.whatsapp.send_text(anna, number, "Hello")
    return anna
