"""The worker: a few at a time, none held up by another, none lost, none settled twice."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from core.clock import SystemClock
from core.entropy import SystemEntropy
from core.model.apps.app import App
from core.model.webhooks.webhook import DeliveryState, WebhookEvent
from core.ports.store import Store
from core.seal import Seal
from core.webhooks.dispatcher import LEASE
from core.webhooks.endpoints import EndpointRequest, WebhookEndpoints
from core.webhooks.publisher import Event, Publisher
from storage.sqlite.store import open_store
from tests.core.conftest import SetClock
from tests.storage.builders import busy_writer, turn
from tests.storage.key import SEAL
from tests.waiting import patience
from tests.webhooks.office import APP_ID, Counting, Office
from tests.webhooks.receiver import Receiver, receiving, status


@pytest.fixture
async def office(store: Store, clock: SetClock, seal: Seal) -> Office:
    """Return an app without endpoints."""
    entropy = SystemEntropy()
    await store.write(lambda unit: unit.apps.add(App(app_id=APP_ID, slug="shop", name="Shop", created_at=clock.time)))
    publisher = Publisher(seal=seal, entropy=entropy)
    return Office(
        WebhookEndpoints(store=store, clock=clock, entropy=entropy, seal=seal, publisher=publisher, allows_http=True),
        clock,
    )


async def test_a_note_is_sent_at_once_and_once(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bell, not the poll, brings it; settled, it stays so."""
    monkeypatch.setattr("core.webhooks.dispatcher.POLL_SECONDS", 3600.0)
    await office.endpoint(receiver.url)
    async with office.worker():
        (note,) = await office.publish()
        call = await receiver.next()
        assert call.delivery_id == note.delivery_id
        assert call.body == b'{"event": "auth.completed", "data": {"name": "Anna"}, "test": true}'
        assert call.headers["X-Gatepost-Test"] == "1"
        (settled,) = await office.settled()
        assert (settled.attempts, settled.status, settled.error, settled.next_at) == (1, 200, None, None)
        await office.pass_time(timedelta(days=1))
        await office.settled()
    assert len(receiver.calls) == 1


async def test_a_note_that_waited_for_the_worker_is_sent(office: Office, receiver: Receiver) -> None:
    """What was told while nobody ran."""
    await office.endpoint(receiver.url)
    told = await office.publish(20)
    async with office.worker():
        await office.settled()
    assert {call.delivery_id for call in receiver.calls} == {note.delivery_id for note in told}
    assert len(receiver.calls) == 20


async def test_four_at_once_to_one_endpoint(office: Office, receiver: Receiver) -> None:
    """Not more, however much waits."""
    await office.endpoint(receiver.url)
    await office.publish(12)
    async with office.worker():
        await office.settled()
    assert receiver.most_at_once <= 4


async def test_a_receiver_that_hangs_holds_up_no_other(office: Office, receiver: Receiver) -> None:
    """While it holds its places, another one's twenty notes are all delivered; it is tried later."""
    receiver.answer = receiver.hang
    async with receiving(Receiver()) as quick:
        await office.endpoint(receiver.url)
        good = (await office.endpoint(quick.url)).endpoint
        told = await office.publish(20)
        async with office.worker():
            log = await office.until(
                lambda log: all(
                    each.state is DeliveryState.DELIVERED for each in log if each.endpoint_id == good.endpoint_id
                )
            )
            assert len(quick.calls) == len(told) // 2
            assert not [each for each in log if each.attempts > 1]
            (failed, *_) = await office.until(lambda log: any(each.error for each in log))
            assert receiver.most_at_once <= 4
        assert failed.endpoint_id != good.endpoint_id or failed.error is None


async def test_what_really_happened_is_not_called_a_test(office: Office, receiver: Receiver) -> None:
    """Its body has two members, and no header says so."""
    await office.endpoint(receiver.url)
    happened = Event(WebhookEvent.AUTH_COMPLETED, {"name": "Anna"})
    async with office.worker():
        await office.webhooks.store.write(
            lambda unit: office.webhooks.publisher.publish(unit, APP_ID, office.clock.time, happened)
        )
        call = await receiver.next()
    assert call.body == b'{"event": "auth.completed", "data": {"name": "Anna"}}'
    assert "X-Gatepost-Test" not in call.headers


async def test_a_disabled_app_waits(office: Office, receiver: Receiver) -> None:
    """What was told before is not sent, and is once the app is enabled."""
    await office.endpoint(receiver.url)
    (note,) = await office.publish()
    app = await office.webhooks.store.read(lambda unit: unit.apps.by_id(APP_ID))
    assert app is not None
    await office.webhooks.store.write(lambda unit: unit.apps.put(replace(app, enabled=False)))
    async with office.worker():
        await office.pass_time(timedelta(hours=1))
        assert await office.log() == [note]
        await office.webhooks.store.write(lambda unit: unit.apps.put(app))
        await office.pass_time(timedelta(hours=1))
        await office.settled()
    assert len(receiver.calls) == 1


async def test_looking_for_what_is_due_writes_nothing(
    office: Office, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody rings, the write transaction is left alone, unless there is something to send."""
    monkeypatch.setattr("core.webhooks.dispatcher.POLL_SECONDS", 0.05)
    await office.endpoint(receiver.url)
    watched = Counting(office.webhooks.store)
    async with office.worker(store=watched), patience():
        await watched.looked.wait()
        assert watched.writes == 2  # to let go of what was held, and to take up what waited
        async with open_store(f"sqlite:///{tmp_path}/gatepost.db", SEAL) as other_process:
            await replace(office.webhooks, store=other_process).simulate(APP_ID, "auth.completed", {})
            await receiver.next()


async def test_a_failing_endpoint_gets_one_place_until_it_answers(office: Office, receiver: Receiver) -> None:
    """So that some that hang cannot take all the places."""
    made = await office.endpoint(receiver.url)
    failing = replace(made.endpoint, failing_since=office.clock.time)
    await office.webhooks.store.write(lambda unit: unit.webhooks.put_endpoint(failing))
    receiver.answer = receiver.hang
    await office.publish(8)
    async with office.worker():
        await office.until(lambda log: sum(each.attempts for each in log) >= 2)
        assert receiver.most_at_once == 1
        receiver.answer = status(200)
        receiver.released.set()
        await office.pass_time(timedelta(hours=1))
        await office.settled()
    assert (await office.webhooks.endpoint(APP_ID, failing.endpoint_id)).failing_since is None


async def test_every_attempt_has_the_same_id_and_the_pauses_of_the_contract(office: Office, receiver: Receiver) -> None:
    """Ten attempts over three days, then it has failed; nothing is tried before its time."""
    receiver.answer = status(500)
    await office.endpoint(receiver.url)
    async with office.worker():
        (note,) = await office.publish()
        for attempt, seconds in enumerate((5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400), start=1):
            (tried,) = await office.tried(attempt)
            assert tried.next_at is not None
            pause = (tried.next_at - office.clock.time).total_seconds()
            assert 0.9 * seconds <= pause <= 1.1 * seconds
            await office.pass_time(timedelta(seconds=0.89 * seconds))
            assert await office.log() == [tried]
            await office.pass_time(timedelta(seconds=0.22 * seconds))
        (failed,) = await office.settled(DeliveryState.FAILED)
    assert (failed.attempts, failed.next_at, failed.status) == (10, None, 500)
    assert {call.delivery_id for call in receiver.calls} == {note.delivery_id}
    assert len(receiver.calls) == 10


async def test_what_the_receiver_asks_for_is_honoured(office: Office, receiver: Receiver) -> None:
    """429 with Retry-After: not before that."""
    receiver.answer = status(429, Retry_After="3600")
    await office.endpoint(receiver.url)
    async with office.worker():
        await office.publish()
        (tried,) = await office.tried(1)
    assert tried.next_at == office.clock.time + timedelta(hours=1)


async def test_a_process_that_dies_has_not_settled(office: Office, receiver: Receiver) -> None:
    """Broken off in the middle, the note is sent again under the same id, as soon as there is a worker again."""
    receiver.answer = receiver.hang
    await office.endpoint(receiver.url)
    (note,) = await office.publish()
    async with office.worker():
        await receiver.next()
    (held,) = await office.log()
    assert (held.attempts, held.leased_until) == (0, office.clock.time + LEASE)
    receiver.answer = status(200)
    async with office.worker():
        assert (await receiver.next()).delivery_id == note.delivery_id
        await office.settled()


async def test_what_was_answered_is_settled_though_we_stop(office: Office, receiver: Receiver, tmp_path: Path) -> None:
    """Stopped while the disk takes its time over the answer: it is settled all the same, and not sent again."""
    answered = asyncio.Event()
    await office.endpoint(receiver.url)
    async with AsyncExitStack() as locks:

        async def lock_then_answer(request: web.Request) -> web.StreamResponse:
            await locks.enter_async_context(busy_writer(tmp_path / "gatepost.db"))
            return await status(200)(request)

        receiver.answer = lock_then_answer
        async with AsyncExitStack() as life:
            await life.enter_async_context(office.worker(answered=answered))
            await office.publish()
            await answered.wait()
            await turn()
            stopping = asyncio.create_task(life.pop_all().aclose())
            await turn()
            assert not stopping.done()
    await stopping
    (settled,) = await office.log()
    assert (settled.state, settled.attempts) == (DeliveryState.DELIVERED, 1)


async def test_during_a_rotation_either_secret_verifies(office: Office, receiver: Receiver) -> None:
    """For a day; then the old one does not any more."""
    made = await office.endpoint(receiver.url)
    async with office.worker(SystemClock()):
        rotated = await office.webhooks.rotate_secret(APP_ID, made.endpoint.endpoint_id)
        (former,) = rotated.endpoint.formers
        kept = replace(rotated.endpoint, formers=(replace(former, until=SystemClock().now() + timedelta(hours=24)),))
        await office.webhooks.store.write(lambda unit: unit.webhooks.put_endpoint(kept))
        await office.publish()
        call = await receiver.next()
        for secret in (made.secret, rotated.secret):
            assert Webhook(secret).verify(call.body, call.headers)
        assert call.headers["X-Gatepost-Signature"].count("v1=") == 2
        over = replace(kept, formers=(replace(former, until=SystemClock().now()),))
        await office.webhooks.store.write(lambda unit: unit.webhooks.put_endpoint(over))
        await office.publish()
        later = await receiver.next()
        assert Webhook(rotated.secret).verify(later.body, later.headers)
        assert later.headers["X-Gatepost-Signature"].count("v1=") == 1


async def test_a_note_under_another_key_fails_and_holds_nobody(office: Office, receiver: Receiver) -> None:
    """A damaged row is told in the log, and the next one is sent."""
    await office.endpoint(receiver.url)
    (note,) = await office.publish()
    await office.webhooks.store.write(
        lambda unit: unit.webhooks.swap_delivery(note, replace(note, body=b"\x01damaged"))
    )
    async with office.worker():
        (tried,) = await office.tried(1)
        assert tried.error == "cannot be read: it was sealed under another key"
        await office.publish()
        await receiver.next()


async def test_an_endpoint_that_moved_is_not_blamed_for_its_old_address(office: Office, receiver: Receiver) -> None:
    """410 from where it was does not disable it where it is."""
    arrived = asyncio.Event()

    async def gone_by_then(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await receiver.released.wait()
        return await status(410)(request)

    receiver.answer = gone_by_then
    made = (await office.endpoint(receiver.url)).endpoint
    async with office.worker():
        await office.publish()
        await arrived.wait()
        await office.webhooks.change(APP_ID, made.endpoint_id, EndpointRequest(url="http://127.0.0.1:1024/new"))
        receiver.released.set()
        await office.settled(DeliveryState.FAILED)
    assert (await office.webhooks.endpoint(APP_ID, made.endpoint_id)).enabled
