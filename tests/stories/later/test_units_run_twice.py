"""A unit of work may be run again: nothing that the daemon does is claimed, sent or told twice by it."""

import json
from collections.abc import Callable
from typing import TypeVar

import pytest

from core.ports.store import Stale
from storage.sqlite.store import SqlStore
from storage.unit import SqlUnit
from tests.stories.backend import Backend
from tests.stories.crowd import over, start
from tests.stories.handsets import Handset
from tests.stories.later.test_drip import TEXTS, chain
from tests.stories.later.test_scheduled import schedule, soon, z
from tests.stories.later.times import heard, listen, move, move_to, subscribed
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town
from tests.webhooks.receiver import Receiver

T = TypeVar("T")

_write = SqlStore.write


async def write_twice(store: SqlStore, work: Callable[[SqlUnit], T], within: float = 0.0) -> T:
    """Run a unit, roll it back as if it had lost a swap, and run it again for good."""
    runs = 0

    def twice(unit: SqlUnit) -> T:
        nonlocal runs
        runs += 1
        value = work(unit)
        if runs == 1:
            raise Stale
        return value

    return await _write(store, twice, within)


@pytest.fixture(autouse=True)
def _every_unit_runs_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqlStore, "write", write_twice)


async def test_everything_happens_once(
    here: Town, backend: Backend, handset: Handset, clock: MovedClock, receiver: Receiver
) -> None:
    """One login, message, broadcast, scheduled message and chain: each once, and the site is told of each once."""
    boris = here.visitor(first_name="Boris")
    session = await here.log_in(boris)
    assert (await here.poll(session))["status"] == "confirmed"
    await listen(backend, receiver, "subscription.created", "delivery.success", "broadcast.completed", "scheduled.sent")
    await chain(backend)
    anna, anna_id = await subscribed(backend, handset)
    assert (await backend.post("/send", {"subscriber_id": anna_id, "text": "a message"}))["sent"] == 1
    job = await start(backend, "a broadcast")
    assert (await over(backend, job))["sent"] == 2
    at = soon(clock, minutes=30)
    scheduled = await schedule(backend, anna_id, z(at))
    await move_to(here, clock, at)
    await move(here, clock, hours=1)
    await move(here, clock, hours=3)
    texts = ("a message", "a broadcast", "later", *TEXTS)
    assert sorted(heard(handset, anna, *texts)) == sorted(texts)
    assert heard(handset, boris, *texts) == ["a broadcast"]
    calls = [json.loads((await receiver.next()).body) for _ in range(8)]
    assert sorted(each["event"] for each in calls) == [
        "broadcast.completed",
        *["delivery.success"] * 5,
        "scheduled.sent",
        "subscription.created",
    ]
    assert len({one.delivery_id for one in receiver.calls}) == len(receiver.calls) == 8
    assert scheduled["id"] in {each["data"].get("scheduled_id") for each in calls}
