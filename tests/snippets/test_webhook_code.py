"""What ``docs/project-api.md`` has sites do with a webhook, against the daemon, while secrets rotate."""

import hmac
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.model.ids import DeliveryId
from core.model.webhooks.signature import draw_secret, headers
from tests.snippets.node import node
from tests.snippets.pages import block
from tests.stories.backend import Backend, move_in
from tests.stories.town import town
from tests.webhooks.receiver import Received, Receiver, receiving

PAGE: Final = "docs/project-api.md"
HARNESS: Final = """
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { header, body, secret } = JSON.parse(line);
  console.log(isFromGatepost(header, Buffer.from(body, "base64"), secret));
}
"""


def python_says(header: str, body: bytes, secret: str) -> bool:
    """Ask the sample in Python."""
    names: dict[str, Any] = {"hmac": hmac, "time": time}
    exec(block(PAGE, "def is_from_gatepost"), names)  # noqa: S102 - our own page
    check: Callable[[str, bytes, str], bool] = names["is_from_gatepost"]
    return check(header, body, secret)


async def library_says(told: dict[str, str], body: bytes, secret: str) -> Any:  # noqa: ANN401 - JSON
    """Ask the sample with the library, and return the event."""
    lines = block(PAGE, "from standardwebhooks").replace("whsec_…", secret)
    names: dict[str, Any] = {}
    indented = "\n    ".join(lines.splitlines())
    exec(f"async def take(request):\n    {indented}\n    return event", names)  # noqa: S102 - our own page

    async def read() -> bytes:
        return body

    return await names["take"](SimpleNamespace(read=read, headers=told))


async def node_says(calls: list[tuple[str, bytes, str]]) -> list[bool]:
    """Ask the sample in JavaScript, call after call."""
    async with node(block(PAGE, "function isFromGatepost") + HARNESS) as program:
        said = []
        for header, body, secret in calls:
            await program.tell({"header": header, "body": b64encode(body).decode(), "secret": secret})
            said.append(bool(await program.told()))
        return said


async def all_say(told: dict[str, str], body: bytes, *secrets: str) -> list[bool]:
    """Ask both samples that stand alone about each secret; they agree."""
    header = told["X-Gatepost-Signature"]
    said = [python_says(header, body, secret) for secret in secrets]
    assert await node_says([(header, body, secret) for secret in secrets]) == said
    return said


async def test_samples_verify_through_a_rotation(tmp_path: Path) -> None:
    """A site has the old secret or the new one in place; a secret of nobody verifies nothing (faults 4.7)."""
    foreign, networks = draw_secret(SystemEntropy()), {"allowed_networks": ["127.0.0.0/8"]}
    async with receiving(Receiver()) as receiver, town(tmp_path, webhooks=networks) as here:
        backend = await move_in(here)
        made = await backend.post("/webhooks", {"url": receiver.url})
        secrets = [made["secret"], foreign]
        for expected in ([True, False], [True, True, False], [True, True, True, False]):
            call = await simulated(backend, receiver)
            assert await all_say(call.headers, call.body, *secrets) == expected
            for secret in secrets[:-1]:
                assert (await library_says(call.headers, call.body, secret))["event"] == "auth.completed"
            secrets.insert(0, (await backend.post(f"/webhooks/{made['id']}/rotate-secret", {}))["secret"])


async def simulated(backend: Backend, receiver: Receiver) -> Received:
    """Have the daemon call the site, and return the call."""
    body = {"event": "auth.completed", "data": {"first_name": "Анна"}}
    Backend.well(*await backend.ask("POST", "/test/simulate-event", body, key=backend.secrets.test_api_key))
    return await receiver.next()


@pytest.mark.parametrize(("minutes", "expected"), [(-6, False), (-4, True), (0, True), (4, True), (6, False)], ids=str)
async def test_samples_look_at_the_time(minutes: int, expected: bool) -> None:  # noqa: FBT001 - a table
    """Five minutes in either direction, and no more (faults 4.7)."""
    secret, at = draw_secret(SystemEntropy()), SystemClock().now() + timedelta(minutes=minutes)
    told = headers(DeliveryId("6f1c2e8a"), "auth.completed", b"{}", [draw_secret(SystemEntropy()), secret], at)
    assert await all_say(told, b"{}", secret) == [expected]


async def test_samples_refuse_what_is_no_header_of_ours() -> None:
    """Whatever somebody writes there: never an error, never a yes."""
    secret, now = draw_secret(SystemEntropy()), SystemClock().now()
    good = headers(DeliveryId("6f1c2e8a"), "auth.completed", b"{}", [secret], now)["X-Gatepost-Signature"]
    time_told, _, value = good.partition(",")
    bad = ["", ",", "t", "t=,v1=", "v1=a", value, time_told, f"{good},{time_told}", f"{time_told},v1", "t=x," + value]
    bad += [
        f"t={'9' * 5000},{value}",
        f"t=²,{value}",
        f"{time_told},v1=\u00e9",
        f"{time_told},v1=",
        f"{time_told},v2{value[2:]}",
    ]
    assert [header for header in bad if python_says(header, b"{}", secret)] == []
    assert python_says("t=1,v1=\udce9", b"{}", secret) is False
    assert not any(await node_says([(header, b"{}", secret) for header in bad]))
    assert not python_says(good, b"{ }", secret)
    assert await node_says([(good, b"{ }", secret)]) == [False]
