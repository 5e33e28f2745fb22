"""A program that lives through two logins by Toy, in a house that has its room, and prints what it saw as JSON.

Daemon and site meet over HTTP, as they do in real life; only the messenger is made up, and lives here.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from core.clock import SystemClock
from core.entropy import SystemEntropy
from daemon.messengers import parse
from daemon.run import running

SITE = "https://shop.example.com"
PHONE = "+79991234567"
EVERY_CHANNEL = ["telegram", "max", "whatsapp", "toy"]

Json = dict[str, Any]


@dataclass
class Platform:
    """Toy's servers, and Anna's phone."""

    updates: list[Json] = field(default_factory=list)
    messages: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    sent: int = 0

    async def me(self, _request: web.Request) -> web.Response:
        """Tell the bot's name."""
        return web.json_response({"username": "toy_bot"})

    async def tell(self, request: web.Request) -> web.Response:
        """Tell what people did."""
        return web.json_response({"updates": self.updates[int(request.match_info["after"]) :]})

    async def take(self, request: web.Request) -> web.Response:
        """Bring a message."""
        self.sent += 1
        message = {**(await request.json()), "id": str(self.sent)}
        await self.messages.put(message)
        return web.json_response({"id": message["id"]})

    def do(self, **deed: str) -> None:
        """Let Anna do something."""
        self.updates.append({"id": len(self.updates) + 1, "user": "u1", "name": "Anna", "phone": PHONE, **deed})

    async def hears(self, is_it: Callable[[Json], bool]) -> Json:
        """Wait for a message; what came before it is passed over."""
        while not is_it(message := await self.messages.get()):
            pass
        return message

    async def confirm(self, link: str, label: str) -> Json:
        """Open a link, press a button of the question, and return the question."""
        self.do(opened=link.rpartition("/")[2])
        question = await self.hears(lambda message: label in _labels(message))
        data = question["buttons"][_labels(question).index(label)]["data"]
        self.do(pressed=data, message=question["id"])
        return question


def _labels(message: Json) -> list[str]:
    return [button["label"] for button in message["buttons"]]


@asynccontextmanager
async def serving(platform: Platform) -> AsyncIterator[str]:
    """Run Toy's servers and yield their address."""
    app = web.Application()
    app.router.add_get("/me", platform.me)
    app.router.add_get("/updates/{after}", platform.tell)
    app.router.add_post("/messages", platform.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Client:
    """A site's server and its visitors' browsers."""

    session: aiohttp.ClientSession
    url: str
    key: str

    async def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Call the API, with the project's key; fail unless it goes well."""
        headers = {"Authorization": f"Bearer {self.key}", "Origin": SITE}
        async with self.session.request(method, f"{self.url}{path}", json=body, headers=headers) as answer:
            told: Json = await answer.json()
            assert answer.status == 200, told
            return told

    async def text(self, path: str, form: Json | None = None) -> str:
        """Open a page, or send it a form."""
        async with self.session.request("POST" if form else "GET", f"{self.url}{path}", data=form) as answer:
            return await answer.text()


async def log_in_at_a_site(client: Client, platform: Platform, app_id: str) -> Json:
    """Log in by the site dialect; return the session, the bot's question and what the site got."""
    body = {"app_id": app_id, "match": True, "return_url": f"{SITE}/", "qr": True}
    session = await client.ask("POST", "/api/v1/auth/session", body)
    question = await platform.confirm(session["links"]["toy"], str(session["match_number"]))
    path = f"/api/v1/auth/session/{session['session_id']}"
    await client.ask("GET", f"{path}?type=status&poll=true")
    while (await client.ask("GET", f"{path}?type=status"))["status"] == "pending":
        await asyncio.sleep(0.02)
    return {"session": session, "question": question, "end": await client.ask("GET", path)}


async def log_in_at_a_project(client: Client, platform: Platform) -> Json:
    """Log in by the project dialect; return the session and what the project got."""
    session = await client.ask("POST", "/v1/auth/session", {})
    await platform.confirm(session["toy_link"], "Log in")
    path = f"/v1/auth/session/{session['session_id']}/status"
    while "code" not in (status := await client.ask("GET", path)):
        await asyncio.sleep(0.02)
    return {"session": session, "user": await client.ask("POST", "/v1/auth/verify", {"code": status["code"]})}


async def write_to(client: Client, platform: Platform, subscriber_id: str) -> Json:
    """Send by every channel, and count who a broadcast by every channel would reach."""
    wish = {"subscriber_id": subscriber_id, "channels": EVERY_CHANNEL, "text": "Your tea is ready"}
    sent = await client.ask("POST", "/v1/send", wish)
    broadcast = {"channels": EVERY_CHANNEL, "text": "Tea!", "dry_run": True}
    return {
        "sent": sent,
        "message": await platform.hears(lambda message: message["text"] == wish["text"]),
        "broadcast": await client.ask("POST", "/v1/broadcast", broadcast),
        "subscribers": await client.ask("GET", "/v1/subscribers?channel=toy"),
    }


async def main(folder: Path) -> Json:
    """Live through it all, and return what was seen."""
    platform = Platform()
    async with AsyncExitStack() as parts:
        bot = {
            "name": "toy",
            "messenger": "toy",
            "token": "abc",
            "api_base": await parts.enter_async_context(serving(platform)),
        }
        settings = {
            "http": {"public_url": "http://127.0.0.1:1", "listen": "127.0.0.1:0"},
            "storage": {"url": f"sqlite:///{folder}/gatepost.db"},
            "bots": [bot],
        }
        daemon = await parts.enter_async_context(running(parse(settings), SystemClock(), SystemEntropy()))
        await daemon.keepers.reached()
        apps = daemon.services.apps
        app = replace(apps.draft("shop", "Teapot"), origins=(SITE,), redirect_url=f"{SITE}/", callbacks=(f"{SITE}/in",))
        secrets = await apps.create(app)
        jar = aiohttp.CookieJar(unsafe=True)
        session = await parts.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        client = Client(session, f"http://127.0.0.1:{daemon.port}", secrets.api_key)
        site = await log_in_at_a_site(client, platform, app.app_id)
        project = await log_in_at_a_project(client, platform)
        return {
            "site": site,
            "project": project,
            "links": await client.ask("GET", "/v1/auth/link"),
            "subscribe_links": await client.ask("GET", "/v1/subscribe-link"),
            "code_links": await client.ask("POST", "/v1/otp/request", {"channel": "toy"}),
            "written": await write_to(client, platform, project["user"]["subscriber_id"]),
            "page": await client.text(f"/login/{app.app_id}/start", {"return_url": f"{SITE}/", "locale": "en"}),
            "widget": await client.text("/widget.js"),
            "style": await client.text("/login/static/page.css"),
            "openapi": (await client.ask("GET", "/openapi.json"))["components"]["schemas"]["MessengerName"],
            "health": (await client.ask("GET", "/health"))["bots"],
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))  # noqa: T201 - its answer
