"""The worker that posts broadcasts into the outbox: how far ahead, who is put off, what ends it."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.broadcasts import audience, jobs
from core.broadcasts.jobs import BroadcastJobs, BroadcastRequest
from core.broadcasts.pacing import AHEAD
from core.broadcasts.worker import BroadcastWorker
from core.errors import Invalid
from core.model.apps.app import App
from core.model.broadcasts.broadcast import Broadcast, BroadcastAudience, BroadcastState, RecipientState
from core.model.broadcasts.errors import TooManyBroadcasts
from core.model.calendar.quiet_hours import read_quiet_hours
from core.model.ids import BotName, EndpointId, MessageId, Phone, SubscriptionId
from core.model.messages.content import Content
from core.model.messages.template import Draft
from core.model.people.person import MessengerName
from core.model.sending import outbox_message
from core.model.sending.outbox_message import OutboxMessage, Priority
from core.model.subscribers.subscriber import ALL_SUBSCRIBERS
from core.model.text.text import from_plain
from core.model.webhooks.webhook import DeliveryFilter, Endpoint, WebhookEvent
from core.people.accounts import owner
from core.people.names import Names, seal_names
from core.ports.store import Store, Unit
from core.privacy.erasure import Erasure
from core.seal import Seal
from core.sending.operations import OutboxOperations
from core.sending.outbox import Outbox, OutboxEntry
from core.sending.quiet_hours import deferred
from core.webhooks.publisher import delivery_context
from tests.core.conftest import PUBLISHER, SETTLEMENT, SetClock
from tests.core.subscribed import NOON, SHOP, join, leave

TG, MAX = BotName("telegram"), BotName("max")


class Bench:
    """The site's side, the worker, and a messenger that takes everything when it is told to."""

    def __init__(self, store: Store, clock: SetClock, seal: Seal) -> None:
        outbox = Outbox(seal=seal, entropy=PUBLISHER.entropy)
        self.store, self.clock = store, clock
        self.site = BroadcastJobs(store=store, clock=clock, outbox=outbox)
        self.worker = BroadcastWorker(store=store, clock=clock, outbox=outbox, publisher=PUBLISHER)
        self.app = App(app_id=SHOP, slug="shop", name="Shop", bots=(TG,), created_at=NOON)

    async def start(self, text: str = "Hi {{first_name}}") -> Broadcast:
        """Start a broadcast to everybody."""
        return await self.site.start(SHOP, BroadcastRequest(draft=Draft(text), audience=BroadcastAudience()))

    async def work(self) -> None:
        """Let the worker do all that it can do now."""
        while await self.worker.turn():
            continue

    async def send(self, limit: int = 10_000) -> int:
        """Let the messenger take what is due; return how many that were."""

        def send(unit: Unit) -> int:
            due = unit.lanes.due(TG, self.clock.now(), limit)
            for message in due:
                self._settle(unit, message, outbox_message.sent(message, f"m {message.message_id}", self.clock.now()))
            return len(due)

        return await self.store.write(send)

    async def refuse_one(self) -> MessageId:
        """Let the messenger refuse the message that is due first; return which."""

        def refuse(unit: Unit) -> MessageId:
            (message,) = unit.lanes.due(TG, self.clock.now(), 1)
            self._settle(unit, message, outbox_message.failed(message, "blocked", self.clock.now()))
            return message.message_id

        return await self.store.write(refuse)

    def _settle(self, unit: Unit, before: outbox_message.OutboxMessage, after: outbox_message.OutboxMessage) -> None:
        assert unit.outbox.swap(before, after)
        SETTLEMENT.settled(unit, before, after, self.clock.now())

    async def stands(self, job: Broadcast) -> Broadcast:
        """Return how the broadcast stands."""
        return await self.site.any(job.job_id)


@pytest.fixture
async def bench(store: Store, clock: SetClock, seal: Seal) -> Bench:
    """Return a bench with an app."""
    made = Bench(store, clock, seal)
    await store.write(lambda unit: unit.apps.add(made.app))
    return made


async def test_a_few_hundred_wait_in_the_outbox(bench: Bench) -> None:
    """However many there are: the next ones are posted when those before them were sent."""
    for number in range(AHEAD + 100):
        await join(bench.store, f"{number}")
    job = await bench.start()
    await bench.work()
    assert (await bench.stands(job)).posted == AHEAD
    assert await bench.send(10) == 10
    await bench.work()
    assert (await bench.stands(job)).posted == AHEAD - 10
    await bench.send(40)
    await bench.work()
    assert (await bench.stands(job)).posted == AHEAD
    while await bench.send():
        await bench.work()
    done = await bench.stands(job)
    assert (done.state, done.sent, done.posted) == (BroadcastState.COMPLETED, AHEAD + 100, 0)


async def test_those_asleep_hold_up_nobody(bench: Bench) -> None:
    """Whoever sleeps is put off before they reach the outbox, and gets it in the morning."""
    for number in range(AHEAD + 40):
        await join(bench.store, f"{number}")

    def move_to_tokyo(unit: Unit) -> None:
        for subscription, account in unit.subscriptions.list_page(SHOP, ALL_SUBSCRIBERS, 400, 0):
            if int(account.user_id) < AHEAD + 20:
                unit.people.put_account(replace(account, phone=Phone("+819012345678")))
            assert subscription.ended_at is None

    await bench.store.write(move_to_tokyo)
    app = replace(bench.app, quiet_hours=read_quiet_hours("20:00-06:00"))  # noon in UTC is nine in the evening there
    await bench.store.write(lambda unit: unit.apps.put(app))
    job = await bench.start()
    await bench.work()
    assert await bench.send() == 20
    await bench.work()
    asleep = await bench.stands(job)
    assert (asleep.sent, asleep.waiting, asleep.state) == (20, AHEAD + 20, BroadcastState.PROCESSING)
    bench.clock.time += timedelta(hours=9)
    await bench.work()
    while await bench.send():
        await bench.work()
    assert (await bench.stands(job)).state is BroadcastState.COMPLETED
    assert (await bench.stands(job)).sent == AHEAD + 40


async def test_a_draft_that_cannot_be_read(bench: Bench, store: Store, clock: SetClock) -> None:
    """With another master key the broadcast has failed, and nobody gets anything."""
    await join(store, "1")
    job = await bench.start()
    stranger = Bench(store, clock, Seal(b"x" * 32, PUBLISHER.entropy))
    await stranger.work()
    assert (await bench.stands(job)).state is BroadcastState.FAILED
    assert await bench.send() == 0


async def test_who_is_erased_on_the_way(bench: Bench) -> None:
    """Their message was in the outbox and the rest went on; the list knows no messenger of theirs any more."""
    first, second = [await join(bench.store, name) for name in ("1", "2")]
    job = await bench.start()
    await bench.work()

    erasure = Erasure(store=bench.store, clock=bench.clock, settlement=SETTLEMENT)

    def forget(unit: Unit) -> None:
        known = unit.subscriptions.by_id(first)
        assert known is not None
        erasure.forget_in(unit, known, owner(unit, known.account_id), NOON)

    await bench.store.write(forget)
    await bench.send()
    await bench.work()
    assert (await bench.stands(job)).state is BroadcastState.COMPLETED
    _, reports = await bench.site.reports(SHOP, job.job_id, None, 0, 10)
    channels = {each.recipient.subscription_id: each.channel for each in reports}
    assert channels[first] is None
    assert channels[second] is not None


async def test_what_the_operator_sends_again_is_counted_anew(bench: Bench) -> None:
    """A failure that arrives after all is a success; the end is told once."""
    await join(bench.store, "1")
    job = await bench.start()
    await bench.work()
    message_id = await bench.refuse_one()
    await bench.work()
    assert ((await bench.stands(job)).failed, (await bench.stands(job)).state) == (1, BroadcastState.COMPLETED)
    await OutboxOperations(store=bench.store, clock=bench.clock).replay(message_id)
    assert await bench.send() == 1
    await bench.work()
    done = await bench.stands(job)
    assert (done.sent, done.failed, done.state) == (1, 0, BroadcastState.COMPLETED)


async def test_the_night_makes_nothing_stale(bench: Bench) -> None:
    """What is sent to many waits until the morning, however soon it would be stale; what is sent to one does not wait.

    What a disabled app sent to many waits too, and does become stale.
    """
    quiet = replace(bench.app, quiet_hours=read_quiet_hours("11:00-15:00"))
    await bench.store.write(lambda unit: unit.apps.put(quiet))
    subscription_id = await join(bench.store, "1")
    letter = OutboxEntry(content=Content(from_plain("x")), not_before=NOON, lifetime=timedelta(hours=1))

    def post(unit: Unit, priority: Priority) -> OutboxMessage:
        known = unit.subscriptions.by_id(subscription_id)
        assert known is not None
        sent = bench.site.outbox.to_subscriber(unit, quiet, known, replace(letter, priority=priority), NOON)
        assert sent.message_id is not None
        found = unit.outbox.by_id(sent.message_id)
        assert found is not None
        return found

    def look(unit: Unit) -> None:
        to_one, to_many = post(unit, Priority.NOTIFICATION), post(unit, Priority.BROADCAST)
        assert deferred(unit, to_one, NOON) is None
        waiting = deferred(unit, to_many, NOON)
        assert waiting is not None
        assert waiting.next_at == NOON + timedelta(hours=3)
        assert waiting.expires_at > waiting.next_at
        assert deferred(unit, waiting, waiting.next_at) is None
        unit.apps.put(replace(quiet, enabled=False))
        for message in (to_one, to_many):
            disabled = deferred(unit, message, NOON)
            assert disabled is not None
            assert disabled.expires_at == message.expires_at

    await bench.store.write(look)


async def test_an_empty_one_is_over_at_once(bench: Bench) -> None:
    """Nobody is in the audience."""
    job = await bench.start()
    await bench.work()
    assert (await bench.stands(job)).state is BroadcastState.COMPLETED


async def test_a_dry_run_shows_what_real_recipients_read(bench: Bench, seal: Seal) -> None:
    """One whose name is known and one whose is not, with what stands there instead (faults 2.7)."""
    request = BroadcastRequest(draft=Draft("Hi {{first_name|there}}!").checked(), audience=BroadcastAudience())
    assert (await bench.site.rehearse(SHOP, request)).sample == "Hi Anna!"
    for number, first_name in enumerate((None, "Lev", " ", None)):
        who = await join(bench.store, f"{number}")

        def name(unit: Unit, who: SubscriptionId = who, first_name: str | None = first_name) -> None:
            known = unit.subscriptions.by_id(who)
            assert known is not None
            names = None if first_name is None else seal_names(Names(first_name, ""), who, seal)
            unit.subscriptions.put(replace(known, names=names))

        await bench.store.write(name)
        rehearsal = await bench.site.rehearse(SHOP, request)
        assert rehearsal.samples == (["Hi there!"] if number == 0 else ["Hi Lev!", "Hi there!"])
        assert rehearsal.sample == rehearsal.samples[0]


async def test_bounds(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """More recipients than may be are refused and nothing is kept; so are too many broadcasts at once."""
    for number in range(3):
        await join(bench.store, f"{number}")
    monkeypatch.setattr(audience, "RECIPIENTS_LIMIT", 2)
    with pytest.raises(Invalid, match="2 subscribers"):
        await bench.start()
    with pytest.raises(Invalid, match="2 subscribers"):
        await bench.site.rehearse(SHOP, BroadcastRequest(draft=Draft("x"), audience=BroadcastAudience()))
    assert await bench.site.latest(None, 10) == []
    monkeypatch.setattr(audience, "RECIPIENTS_LIMIT", 3)
    monkeypatch.setattr(jobs, "OPEN_LIMIT", 2)
    for _ in range(2):
        await bench.start()
    with pytest.raises(TooManyBroadcasts):
        await bench.start()


async def move_to_max(bench: Bench, first: int, count: int) -> None:
    """Let those from the number ``first`` on be in MAX, whose bot is the app's too."""

    def move(unit: Unit) -> None:
        unit.apps.put(replace(bench.app, bots=(TG, MAX)))
        for _, account in unit.subscriptions.list_page(SHOP, ALL_SUBSCRIBERS, count, 0):
            if int(account.user_id) >= first:
                unit.people.put_account(replace(account, bot=MAX, messenger=MessengerName.MAX))

    await bench.store.write(move)


async def due(bench: Bench, bot: BotName) -> int:
    """Return how many messages wait for a bot."""
    return await bench.store.read(lambda unit: len(unit.lanes.due(bot, bench.clock.now(), 1000)))


async def test_a_bot_that_is_away_holds_up_nobody_else_s(bench: Bench) -> None:
    """Its recipients wait for it; those of another bot are written to at once, and in their order."""
    for number in range(AHEAD + 40):
        await join(bench.store, f"{number}", at=NOON + timedelta(seconds=number))
    await move_to_max(bench, AHEAD + 20, AHEAD + 40)
    job = await bench.start()
    await bench.work()
    assert (await due(bench, TG), await due(bench, MAX)) == (AHEAD, 20)
    stands = await bench.stands(job)
    assert (stands.posted, stands.waiting) == (AHEAD + 20, 20)
    _, reports = await bench.site.reports(SHOP, job.job_id, None, 0, AHEAD + 40)
    waiting = [each.recipient.position for each in reports if each.recipient.message_id is None]
    assert waiting == list(range(AHEAD + 1, AHEAD + 21))
    while await bench.send():
        await bench.work()
    assert (await bench.stands(job)).sent == AHEAD + 20


async def test_an_audience_is_fixed_bit_by_bit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever joins after it was started does not get it, who leaves before their turn is no recipient.

    Killed in between, it goes on where it was.
    """
    monkeypatch.setattr(audience, "STRETCH", 3)
    ids = [await join(bench.store, f"{number}", at=NOON + timedelta(seconds=number)) for number in range(8)]
    job = await bench.start()
    assert (job.total, job.state) == (8, BroadcastState.PENDING)
    await bench.worker.turn()
    begun = await bench.stands(job)
    assert begun.invitation is not None
    assert (begun.invitation.invited, begun.posted, begun.total) == (3, 0, 8)
    late = await join(bench.store, "late", at=NOON + timedelta(minutes=1))
    await leave(bench.store, ids[7])
    await Bench(bench.store, bench.clock, bench.worker.outbox.seal).work()
    fixed = await bench.stands(job)
    assert (fixed.invitation, fixed.total, fixed.posted) == (None, 7, 7)
    _, reports = await bench.site.reports(SHOP, job.job_id, None, 0, 20)
    assert [each.recipient.subscription_id for each in reports] == ids[:7]
    assert late not in ids
    await bench.send()
    await bench.work()
    assert (await bench.stands(job)).state is BroadcastState.COMPLETED


async def test_others_have_their_turn_while_an_audience_is_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are, the event loop is let go after each bit."""
    monkeypatch.setattr(audience, "STRETCH", 2)
    for number in range(9):
        await join(bench.store, f"{number}")
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(other())
    rehearsal = await bench.site.rehearse(SHOP, BroadcastRequest(draft=Draft("x"), audience=BroadcastAudience()))
    others.cancel()
    assert rehearsal.recipients == 9
    assert turns >= 4


@pytest.mark.parametrize("per_minute", [None, 60])
async def test_a_clock_that_is_set_back(bench: Bench, per_minute: int | None) -> None:
    """The broadcast goes on; what is slow goes on at its pace."""
    for number in range(40):
        await join(bench.store, f"{number}")
    wish = BroadcastRequest(draft=Draft("x"), audience=BroadcastAudience(), per_minute=per_minute)
    job = await bench.site.start(SHOP, wish)
    await bench.worker.turn()
    before = (await bench.stands(job)).posted
    assert 0 < before < 40
    bench.clock.time += timedelta(seconds=5)
    assert await bench.send() == before
    bench.clock.time -= timedelta(hours=3)
    await bench.work()
    after = (await bench.stands(job)).posted
    assert after == (40 - before if per_minute is None else before)


async def test_the_pace_is_kept_after_a_pause(bench: Bench) -> None:
    """While the bot is away only few messages pile up, since they go out at once when it is back."""
    for number in range(40):
        await join(bench.store, f"{number}")
    job = await bench.site.start(SHOP, BroadcastRequest(draft=Draft("x"), audience=BroadcastAudience(), per_minute=12))
    for _ in range(60):
        await bench.work()
        bench.clock.time += timedelta(seconds=5)
    assert await bench.send() == 2
    for _ in range(12):
        await bench.work()
        bench.clock.time += timedelta(seconds=5)
        await bench.send()
    assert 12 <= (await bench.stands(job)).sent <= 15


async def test_what_a_dead_lane_held_is_withdrawn(bench: Bench) -> None:
    """Its bot runs no more: cancelled, the broadcast is over at once; what is held now is waited for."""
    for number in range(2):
        await join(bench.store, f"{number}")
    job = await bench.start()
    await bench.work()

    def take_up(unit: Unit) -> None:
        now = bench.clock.now()
        for message, lease in zip(unit.lanes.due(TG, now, 2), (now, now + timedelta(minutes=1)), strict=True):
            assert unit.outbox.swap(message, outbox_message.begin(message, now, lease)[0])

    await bench.store.write(take_up)
    await bench.site.cancel(SHOP, job.job_id)
    await bench.work()
    stands = await bench.stands(job)
    assert (stands.withdrawn, stands.posted, stands.over_at) == (1, 1, None)
    await bench.store.write(lambda unit: unit.outbox.release(TG))
    await bench.work()
    stands = await bench.stands(job)
    assert (stands.withdrawn, stands.posted) == (2, 0)
    assert stands.over_at is not None


@pytest.mark.parametrize("is_before", [True, False])
async def test_what_was_taken_and_not_brought_is_cancelled_too(bench: Bench, *, is_before: bool) -> None:
    """It is to be sent again; of a broadcast that is cancelled, before or after that was told, it is not."""
    for number in range(2):
        await join(bench.store, f"{number}")
    job = await bench.start()
    await bench.work()
    assert await bench.send(1) == 1

    def not_brought(unit: Unit) -> None:
        (report,) = unit.broadcasts.reports(job.job_id, RecipientState.SENT, 0, 2)
        assert report.recipient.message_id is not None
        sent = unit.outbox.by_id(report.recipient.message_id)
        assert sent is not None
        bench._settle(unit, sent, outbox_message.postponed(outbox_message.unsettled(sent), bench.clock.now()))

    if is_before:
        await bench.store.write(not_brought)
        again = await bench.stands(job)
        assert (again.sent, again.posted) == (0, 2)
    await bench.site.cancel(SHOP, job.job_id)
    if not is_before:
        await bench.store.write(not_brought)
    await bench.work()
    assert await bench.send() == 0
    done = await bench.stands(job)
    assert (done.sent, done.withdrawn, done.posted) == (0, 2, 0)
    assert done.over_at is not None


async def test_one_that_stands_still_for_a_week_is_ended(bench: Bench) -> None:
    """Its app was disabled: nobody gets old news once that is enabled again, and the site is told why."""
    endpoint = Endpoint(endpoint_id=EndpointId("e"), app_id=SHOP, url="https://a.example", secret=b"s", created_at=NOON)
    await bench.store.write(lambda unit: unit.webhooks.add_endpoint(endpoint))
    for number in range(3):
        await join(bench.store, f"{number}")
    job = await bench.start()
    await bench.store.write(lambda unit: unit.apps.put(replace(bench.app, enabled=False)))
    bench.clock.time += timedelta(days=7)
    await bench.work()
    assert (await bench.stands(job)).over_at is None
    bench.clock.time += timedelta(minutes=1)
    await bench.store.write(lambda unit: unit.apps.put(bench.app))
    await bench.work()
    done = await bench.stands(job)
    assert (done.state, done.posted) == (BroadcastState.FAILED, 0)
    assert await bench.send() == 0
    (note, *joined) = await bench.store.read(lambda unit: unit.webhooks.deliveries(DeliveryFilter(SHOP), None, 10))
    assert (note.event, len(joined)) == (WebhookEvent.BROADCAST_CANCELLED, 3)
    body = json.loads(PUBLISHER.seal.open(note.body, delivery_context(note.delivery_id)))
    assert body["data"] == {**job.tally(), "reason": "stalled"}
