"""What an app wrote to somebody is erased with them, and what it was about to say is never said."""

from dataclasses import replace

import pytest

from core.model.apps.app import App
from core.model.broadcasts.broadcast import BroadcastState
from core.model.ids import AppId, BotName, MessageId, SubscriptionId
from core.model.messages.content import Content
from core.model.people.person import Account
from core.model.sending import outbox_message
from core.model.sending.outbox_message import MessageState, OutboxMessage
from core.model.subscribers.subscription import Subscription
from core.model.text.text import from_plain
from core.ports.store import Store, Unit
from core.privacy.erasure import Erasure
from core.seal import Seal
from core.sending.erasure import AT_ONCE
from core.sending.outbox import Outbox, OutboxEntry
from tests.core.broadcasts.test_worker import Bench
from tests.core.conftest import PUBLISHER, SETTLEMENT, SetClock
from tests.core.subscribed import NOON, OTHER, SHOP, join, leave

TG, MAX = BotName("telegram"), BotName("max")
LETTER = OutboxEntry(content=Content(from_plain("the table at six, Anna")), not_before=NOON)


class Desk:
    """Two apps that write to people, and forget them."""

    def __init__(self, store: Store, clock: SetClock, seal: Seal) -> None:
        self.store = store
        self.clock = clock
        self.outbox = Outbox(seal=seal, entropy=PUBLISHER.entropy)
        self.erasure = Erasure(store=store, clock=clock, settlement=SETTLEMENT)

    async def write(self, to: SubscriptionId, *, is_bound: bool = True) -> MessageId:
        """Write to a subscriber, or by the phone of whoever that is."""

        def post(unit: Unit) -> MessageId:
            subscription, account = self._who(unit, to)
            app = unit.apps.by_id(subscription.app_id)
            assert app is not None
            if is_bound:
                message_id = self.outbox.to_subscriber(unit, app, subscription, LETTER, NOON).message_id
                assert message_id is not None
                return message_id
            return self.outbox.to_account(unit, app.app_id, account, LETTER, NOON).message_id

        return await self.store.write(post)

    async def send(self, message_id: MessageId) -> None:
        """Let the messenger take a message."""

        def send(unit: Unit) -> bool:
            message = _found(unit, message_id)
            return unit.outbox.swap(message, outbox_message.sent(message, f"m {message_id}", NOON))

        assert await self.store.write(send)

    async def begin(self, message_id: MessageId) -> OutboxMessage:
        """Take a message up, and return it as it is being sent."""

        def begin(unit: Unit) -> OutboxMessage:
            message = _found(unit, message_id)
            taken, _ = outbox_message.begin(message, NOON, NOON)
            assert unit.outbox.swap(message, taken)
            return taken

        return await self.store.write(begin)

    async def stands(self, *message_ids: MessageId) -> list[tuple[MessageState, bool]]:
        """Return how the messages stand, and whether they still have a text."""
        found = await self.store.read(lambda unit: [_found(unit, each) for each in message_ids])
        return [(message.state, bool(message.content)) for message in found]

    async def unite(self, one: SubscriptionId, other: SubscriptionId) -> None:
        """Let two subscribers turn out to be the same person."""

        def unite(unit: Unit) -> None:
            _, mine = self._who(unit, one)
            _, yours = self._who(unit, other)
            unit.people.put_account(replace(yours, person_id=mine.person_id))

        await self.store.write(unite)

    @staticmethod
    def _who(unit: Unit, subscription_id: SubscriptionId) -> tuple[Subscription, Account]:
        subscription = unit.subscriptions.by_id(subscription_id)
        assert subscription is not None
        account = unit.people.account_by_id(subscription.account_id)
        assert account is not None
        return subscription, account


def _found(unit: Unit, message_id: MessageId) -> OutboxMessage:
    message = unit.outbox.by_id(message_id)
    assert message is not None
    return message


@pytest.fixture
async def desk(store: Store, clock: SetClock, seal: Seal) -> Desk:
    """Return the desk of two apps with two bots."""

    def found(unit: Unit) -> None:
        for app_id, slug in ((SHOP, "shop"), (OTHER, "other")):
            unit.apps.add(App(app_id=AppId(app_id), slug=slug, name=slug, bots=(TG, MAX), created_at=NOON))

    await store.write(found)
    return Desk(store, clock, seal)


async def test_no_text_is_left(desk: Desk) -> None:
    """What was sent is known to have been, without a word of it; what waits is not sent, nor kept if it was just sent.

    What others were told, and what another app told the same person, stays.
    """
    anna, ivan = await join(desk.store, "1"), await join(desk.store, "2")
    elsewhere = await desk.write(await join(desk.store, "1", app_id=OTHER))
    sent, waiting, going, his = [await desk.write(to) for to in (anna, anna, anna, ivan)]
    by_phone = await desk.write(anna, is_bound=False)
    await desk.send(sent)
    taken = await desk.begin(going)
    await desk.erasure.forget(SHOP, anna)
    gone = (MessageState.CANCELLED, False)
    assert await desk.stands(sent, waiting, going, by_phone) == [(MessageState.SENT, False), gone, gone, gone]
    assert await desk.stands(his, elsewhere) == [(MessageState.ACCEPTED, True)] * 2
    due = await desk.store.read(lambda unit: unit.lanes.due(TG, NOON, 10))
    assert {message.message_id for message in due} == {his, elsewhere}
    late = outbox_message.postponed(taken, NOON)
    assert not await desk.store.write(lambda unit: unit.outbox.swap(taken, late))


async def test_what_was_written_by_phone_goes_with_the_last_subscription(desk: Desk) -> None:
    """As long as the app may write to the person by another messenger, it is theirs; who left counts no more."""
    anna, by_max = await join(desk.store, "1"), await join(desk.store, "max 1")
    await desk.unite(anna, by_max)
    bound = [await desk.write(to) for to in (anna, by_max)]
    by_phone = [await desk.write(to, is_bound=False) for to in (anna, by_max)]
    await desk.erasure.forget(SHOP, anna)
    assert await desk.stands(*bound) == [(MessageState.CANCELLED, False), (MessageState.ACCEPTED, True)]
    assert await desk.stands(*by_phone) == [(MessageState.ACCEPTED, True)] * 2
    await leave(desk.store, by_max)
    await desk.erasure.forget(SHOP, by_max)
    assert await desk.stands(*bound, *by_phone) == [(MessageState.CANCELLED, False)] * 4


async def test_however_much_it_is(desk: Desk) -> None:
    """It goes some at a time; the subscription goes with the last."""
    anna = await join(desk.store, "1")
    ids = [await desk.write(anna, is_bound=number % 3 > 0) for number in range(2 * AT_ONCE + 50)]
    await desk.erasure.forget(SHOP, anna)
    assert set(await desk.stands(*ids)) == {(MessageState.CANCELLED, False)}
    assert await desk.store.read(lambda unit: unit.subscriptions.by_id(anna)) is None


async def test_a_broadcast_comes_to_its_end_without_them(store: Store, clock: SetClock, seal: Seal) -> None:
    """It counts them as one that is not sent any more."""
    bench = Bench(store, clock, seal)
    await store.write(lambda unit: unit.apps.add(bench.app))
    anna, _ = await join(store, "1"), await join(store, "2")
    job = await bench.start()
    await bench.work()
    await Erasure(store=store, clock=clock, settlement=SETTLEMENT).forget(SHOP, anna)
    assert await bench.send() == 1
    await bench.work()
    done = await bench.stands(job)
    assert (done.state, done.sent, done.withdrawn, done.posted) == (BroadcastState.COMPLETED, 1, 1, 0)
