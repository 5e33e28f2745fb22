"""Webhooks that no other story receives, against the description: ``receiver`` holds all that it gets against it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests.stories.backend import Backend
from tests.stories.test_webhooks import ALLOWED
from tests.stories.town import Town, town
from tests.webhooks.described import check
from tests.webhooks.receiver import Receiver


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town whose site is on this machine."""
    async with town(tmp_path, webhooks=ALLOWED) as built:
        await built.daemon.keepers.reached()
        yield built


async def test_logins_a_phone_that_moves_and_a_farewell(backend: Backend, receiver: Receiver) -> None:
    """Faults 5.3: each is told with the data and the headers that ``/openapi.json`` names."""
    here = backend.town
    events = ["auth.completed", "phone.moved", "subscription.deleted"]
    await backend.post("/webhooks", {"url": receiver.url, "events": events})
    for name in ("Anna", "Boris"):
        await here.log_in(here.visitor(first_name=name, phone="+79991234567"))
    newest = (await backend.get("/subscribers"))["subscribers"][0]
    await backend.ask("DELETE", f"/subscribers/{newest['id']}")
    calls = [await receiver.next() for _ in range(4)]
    assert sorted(json.loads(call.body)["event"] for call in calls) == ["auth.completed", *events]


async def test_what_is_not_described_is_noticed(backend: Backend, receiver: Receiver) -> None:
    """Faults 5.3: a field that the description does not name, and one that it names and is missing."""
    here = backend.town
    await backend.post("/webhooks", {"url": receiver.url, "events": ["auth.completed"]})
    await here.log_in(here.visitor())
    call = await receiver.next()
    told = json.loads(call.body)
    for data in ({**told["data"], "age": 7}, {"subscriber_id": told["data"]["subscriber_id"]}):
        with pytest.raises(jsonschema.ValidationError):
            check(replace(call, body=json.dumps({**told, "data": data}).encode()))
