"""A project manages its webhooks over HTTP, reads the log, and tries out an event."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.stories.backend import Backend, move_in
from tests.stories.town import Json, town
from tests.webhooks.receiver import Receiver, receiving, status


@dataclass
class Site:
    """A project's server, which calls and is called."""

    backend: Backend
    receiver: Receiver

    async def simulate(self, event: str = "auth.completed") -> list[Json]:
        """Try out an event, with the test key."""
        body = {"event": event, "data": {"subscriber_id": "1"}}
        status, told = await self.backend.ask(
            "POST", "/test/simulate-event", body, key=self.backend.secrets.test_api_key
        )
        deliveries: list[Json] = Backend.well(status, told)["deliveries"]
        return deliveries

    async def log(self, query: str = "") -> Json:
        """Read a page of the log."""
        return await self.backend.get(f"/webhooks/deliveries{query}")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Return a project whose server is on this machine, which the operator allows."""
    networks = {"allowed_networks": ["127.0.0.0/8"]}
    async with receiving(Receiver()) as receiver, town(tmp_path, webhooks=networks) as built:
        yield Site(await move_in(built), receiver)


async def test_an_endpoint_s_life(site: Site) -> None:
    """Made, shown, listed, changed, removed; the secret is shown when it is drawn and never again."""
    made = await site.backend.post("/webhooks", {"url": site.receiver.url, "events": ["auth.completed"]})
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert (made["status"], made["description"], made["events"]) == ("active", "", ["auth.completed"])
    path = f"/webhooks/{made['id']}"
    assert await site.backend.get(path) == made
    assert await site.backend.get("/webhooks") == {"webhooks": [made]}
    changed = await site.backend.put(path, {"status": "disabled", "events": [], "description": "spare"})
    assert changed == made | {
        "status": "disabled",
        "events": [],
        "description": "spare",
        "why_disabled": "switched off by hand",
    }
    rotated = await site.backend.post(f"{path}/rotate-secret", {})
    assert rotated["secret"] != secret
    assert site.backend.well(*await site.backend.ask("DELETE", path)) == {"deleted": True}
    assert await site.backend.get("/webhooks") == {"webhooks": []}
    assert await site.backend.refused("GET", path) == (404, "not_found")


async def test_a_simulated_event_arrives_signed(site: Site) -> None:
    """By the test key, under the id that the answer tells; the log shows it."""
    made = await site.backend.post("/webhooks", {"url": site.receiver.url})
    (sent,) = await site.simulate()
    call = await site.receiver.next()
    assert call.delivery_id == sent["id"]
    assert Webhook(made["secret"]).verify(call.body, call.headers) == {
        "event": "auth.completed",
        "data": {"subscriber_id": "1"},
    }
    while not (page := await site.log("?state=delivered"))["deliveries"]:
        continue
    (entry,) = page["deliveries"]
    assert (entry["id"], entry["endpoint_id"], entry["status"], entry["attempts"]) == (sent["id"], made["id"], 200, 1)
    assert page["next_cursor"] is None


async def test_sending_again_keeps_the_id(site: Site) -> None:
    """What failed, or arrived already, is sent once more."""
    site.receiver.answer = status(410)
    made = await site.backend.post("/webhooks", {"url": site.receiver.url})
    (sent,) = await site.simulate()
    await site.receiver.next()
    again = f"/webhooks/deliveries/{sent['id']}/resend"
    while not (await site.log("?state=failed"))["deliveries"]:
        continue
    assert await site.backend.refused("POST", again) == (409, "conflict")
    site.receiver.answer = status(200)
    await site.backend.put(f"/webhooks/{made['id']}", {"status": "active"})
    requeued = site.backend.well(*await site.backend.ask("POST", again))
    assert (requeued["id"], requeued["state"], requeued["attempts"]) == (sent["id"], "waiting", 0)
    assert (await site.receiver.next()).delivery_id == sent["id"]


async def test_the_log_is_paged(site: Site) -> None:
    """By cursor, by endpoint, by state."""
    one = await site.backend.post("/webhooks", {"url": site.receiver.url})
    two = await site.backend.post("/webhooks", {"url": site.receiver.url, "events": ["phone.moved"]})
    sent = [*await site.simulate(), *await site.simulate("phone.moved")]
    assert [each["endpoint_id"] for each in sent].count(two["id"]) == 1
    first = await site.log("?limit=2")
    last = await site.log(f"?limit=2&cursor={first['next_cursor']}")
    assert {each["id"] for each in (*first["deliveries"], *last["deliveries"])} == {each["id"] for each in sent}
    assert last["next_cursor"] is None
    assert len((await site.log(f"?endpoint={one['id']}"))["deliveries"]) == 2
    for query in ("?limit=201", "?limit=0", "?state=lost", "?cursor=none"):
        assert await site.backend.refused("GET", f"/webhooks/deliveries{query}") == (400, "validation_failed")


async def test_what_a_key_may_not_do_is_refused(site: Site) -> None:
    """A test key changes nothing, and a live key simulates nothing."""
    made = await site.backend.post("/webhooks", {"url": site.receiver.url})
    path, key = f"/webhooks/{made['id']}", site.backend.secrets.test_api_key
    for method, where in (("PUT", path), ("DELETE", path), ("POST", "/webhooks"), ("POST", f"{path}/rotate-secret")):
        assert await site.backend.refused(method, where, {}, key=key) == (403, "test_key_forbidden")
    assert (await site.backend.ask("GET", path, key=key))[0] == 200
    body = {"event": "auth.completed"}
    assert await site.backend.refused("POST", "/test/simulate-event", body) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": ""},
        {"url": "https://user:word@shop.example.com/"},
        {"url": "https://shop.example.com:22/"},
        {"url": "ftp://shop.example.com/"},
        {"url": "https://shop.example.com/", "events": ["auth.cancelled"]},
        {"url": "https://shop.example.com/", "description": "x" * 201},
        {"url": "https://shop.example.com/", "events": "auth.completed"},
    ],
)
async def test_what_cannot_be_an_endpoint_is_refused(site: Site, body: Json) -> None:
    """In words that name the field."""
    assert await site.backend.refused("POST", "/webhooks", body) == (400, "validation_failed")


async def test_a_sixth_endpoint_is_refused(site: Site) -> None:
    """Five are all."""
    for _ in range(5):
        await site.backend.post("/webhooks", {"url": site.receiver.url})
    assert await site.backend.refused("POST", "/webhooks", {"url": site.receiver.url}) == (409, "conflict")
