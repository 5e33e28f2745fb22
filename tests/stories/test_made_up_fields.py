"""Every documented call of both contracts, with a field more than there is: clients of another time go on unchanged."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from http_api.docs.schema import Reader
from tests.stories.backend import CALLBACK, Backend, move_in, subscribed
from tests.stories.town import Json, town

LIMITS: Final = {"requests_per_minute_per_project": 0, "misses_per_minute_per_address": 0}
ORDER: Final = ("post", "put", "patch", "get", "delete")
AT_LEAST: Final = 19
"""How many of the calls with a body go well; the others are refused with the field and without it alike."""


async def test_each_documented_call_goes_on_with_a_made_up_field(tmp_path: Path) -> None:
    """A body's is named beside the same answer, a page's query's passed over, a server's refused (faults 2.1)."""
    async with world(tmp_path / "plain") as plain, world(tmp_path / "more") as more:
        named = 0
        for path, method, body in calls(await plain.document()):
            status, told = await plain.ask(method, path, body)
            if body is None:
                changed = await more.ask(method, path, None, "?made_up=1")
                if path.startswith("/v1/"):
                    assert (changed[0], changed[1]["code"]) == (400, "unknown_field"), path
                    changed = await more.ask(method, path, None)
            else:
                changed = await more.ask(method, path, {**body, "made_up": {"of": ["another time"]}})
                if path.startswith(TO_MANY):
                    assert (changed[0], changed[1]["code"]) == (400, "unknown_field"), path
                    changed = await more.ask(method, path, body)
                elif status < 300:
                    named += 1
                    assert changed[1].pop("ignored", None) == ["made_up"], path
            assert (changed[0], shape(changed[1])) == (status, shape(told)), (method, path, told, changed)
        assert named >= AT_LEAST


TO_MANY: Final = ("/v1/broadcast", "/v1/recurring", "/v1/drip-chains")
"""Where a filter that nobody heeds would write to all: nothing unknown is passed over there."""
MORE: Final[dict[str, Json]] = {
    "/v1/recurring": {"interval_hours": 5},
    "/v1/drip-chains": {"steps": [{"delay_minutes": 5, "text": "Hello"}]},
    "/v1/permissions": {"key": "offers"},
    "/v1/tags": {"name": "gold"},
    "/v1/tags/{name}": {"new_name": "silver"},
    "/v1/subscribers/{subscriber_id}/tags": {"tags": ["vip"]},
    "/v1/subscribers/{subscriber_id}/permissions": {"permissions": ["news"]},
    "/v1/webhooks": {"url": "https://hooks.invalid/"},
}
"""What a call takes that its example does not say."""
IDS: Final = ("id", "job_id", "scheduled_id", "recurring_id", "chain_id")
"""What later calls ask for, of what earlier ones made."""


@dataclass(frozen=True)
class World:
    """A town's server, and what is there by the name of the field that asks for it."""

    backend: Backend
    known: dict[str, str]

    async def document(self) -> Json:
        """Read the description of all calls."""
        town = self.backend.town
        async with town.browser.get(f"{town.url}/openapi.json") as answer:
            document: Json = await answer.json()
            return document

    async def ask(self, method: str, path: str, body: Json | None, query: str = "") -> tuple[int, Json]:
        """Make a call, with what is there in the place of examples, and return status and answer."""
        town, secrets = self.backend.town, self.backend.secrets
        place = re.sub(r"\{(\w+)\}", lambda name: self.known.get(name[1], "0" * 24), path)
        if path.startswith("/api/v1/widget/"):
            query = f"{query or '?'}&session_id={self.known['session_id']}"
        fixed = MORE.get(path, {})
        sent = body and {name: fixed.get(name, self.known.get(name, value)) for name, value in body.items()}
        headers = {
            "Authorization": f"Bearer {secrets.api_key}",
            "X-Authorization": f"token {secrets.message_api_token}",
        }
        async with town.browser.request(method, f"{town.url}{place}{query}", json=sent, headers=headers) as answer:
            told: Json = await answer.json()
        if answer.ok:
            self.known.update({name: told[name] for name in IDS if name in told and name not in self.known})
        return answer.status, told


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Run a town with something of most kinds in it."""
    await asyncio.to_thread(folder.mkdir)
    async with town(folder, limits=LIMITS) as here:
        await here.daemon.keepers.reached()
        backend = await move_in(here)
        anna, subscriber_id = await subscribed(backend, here.handset("telegram"))
        await backend.post("/tags", {"name": "vip"})
        await backend.post("/permissions", {"key": "news", "title": "News"})
        await backend.post("/templates", {"key": "ready", "text": "Ready"})
        session = await here.create()
        known = {
            "app_id": here.app.app_id,
            "subscriber_id": subscriber_id,
            "session_id": session["session_id"],
            "recipient": f"+{anna.phone}",
            "redirect_uri": CALLBACK,
            "name": "vip",
            "key": "news",
            "text": "Hello",
        }
        yield World(backend, known)


def calls(document: Json) -> Iterator[tuple[str, str, Json | None]]:
    """Return path, method and example body of each operation of both dialects, those that erase last."""
    reader = Reader(document["components"]["schemas"])
    found = [
        (path, method, operation.get("requestBody"))
        for path, methods in document["paths"].items()
        if path.startswith(("/v1/", "/api/v1/"))
        for method, operation in methods.items()
    ]
    for path, method, content in sorted(found, key=lambda call: ORDER.index(call[1])):
        if content is None:
            yield path, method, None
            continue
        schema = content["content"]["application/json"]["schema"]
        names = {row.name for row in reader.rows(schema)}
        body: Json = reader.example(schema)
        yield path, method, {**dict.fromkeys(names & {"subscriber_id", "text"}), **body, **MORE.get(path, {})}


def shape(told: Json) -> tuple[object, ...]:
    """Return what is the same in two worlds: the names of an answer, and the code of a refusal."""
    return sorted(told), (told.get("code", told["error"]) if "error" in told else None)
