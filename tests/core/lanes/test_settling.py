"""How an attempt ended, kept in a unit: no lane and no messenger are needed for it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from core.entropy import SystemEntropy
from core.lanes.attempts import AttemptResult, Halt, NextAccount, Retry, Sent
from core.lanes.leases import LeasedMessage
from core.lanes.settling import settle, settle_barely
from core.model.apps.app import App
from core.model.ids import BotName
from core.model.messages.content import Content
from core.model.messages.receipt import Receipt, Stage
from core.model.people.person import Account
from core.model.sending import outbox_message
from core.model.sending.outbox_message import Attempt, MessageState, OutboxMessage, Outcome
from core.model.text.text import from_plain
from core.people.accounts import owner
from core.ports.store import Store, Unit
from core.seal import Seal
from core.sending.outbox import Outbox, OutboxEntry
from core.sending.settlement import Settlement
from tests.core.conftest import PUBLISHER
from tests.core.subscribed import NOON, SHOP, join

TG = BotName("telegram")
SOON, LATER = NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)
SETTLEMENT = Settlement(publisher=PUBLISHER)
SENT = AttemptResult(Outcome.SENT, "", Sent("m1"), SOON)
REFUSED = AttemptResult(Outcome.REFUSED, "400", NextAccount(), SOON)
GONE = AttemptResult(Outcome.UNREACHABLE, "403 blocked", NextAccount(), SOON)
WAITS = AttemptResult(Outcome.LATER, "502", Retry(LATER), SOON)
UNSURE = AttemptResult(Outcome.UNSURE, "timeout", Halt(), SOON)


@dataclass
class Desk:
    """One leased message, and the store that it is in."""

    store: Store
    leased: LeasedMessage

    async def settle(self, result: AttemptResult) -> OutboxMessage:
        """Settle the message."""
        return await self.store.write(lambda unit: settle(unit, SETTLEMENT, self.leased, result, LATER))

    async def kept(self) -> tuple[OutboxMessage | None, list[Attempt]]:
        """Return the message and its attempts as they are kept."""
        message_id = self.leased.message.message_id
        return await self.store.read(
            lambda unit: (unit.outbox.by_id(message_id), list(unit.outbox.attempts(message_id)))
        )

    async def account(self) -> Account:
        """Return the account as it is kept."""
        return await self.store.read(lambda unit: owner(unit, self.leased.account.account_id))


@pytest.fixture
async def desk(store: Store, seal: Seal) -> Desk:
    """Lease a message to a person who has one account."""
    await store.write(
        lambda unit: unit.apps.add(App(app_id=SHOP, slug="shop", name="Shop", bots=(TG,), created_at=NOON))
    )
    subscription_id = await join(store, "anna")
    outbox = Outbox(seal=seal, entropy=SystemEntropy())

    def lease(unit: Unit) -> LeasedMessage:
        subscription = unit.subscriptions.by_id(subscription_id)
        assert subscription is not None
        account = owner(unit, subscription.account_id)
        entry = OutboxEntry(content=Content(from_plain("Hi")), not_before=NOON)
        before = outbox.to_account(unit, SHOP, account, entry, NOON)
        message, attempt = outbox_message.begin(before, NOON, NOON + timedelta(minutes=1))
        assert unit.outbox.swap(before, message)
        unit.outbox.put_attempt(attempt)
        return LeasedMessage(message, attempt, account, is_late=False)

    return Desk(store, await store.write(lease))


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [
        (SENT, MessageState.SENT, None),
        (REFUSED, MessageState.FAILED, "400"),
        (GONE, MessageState.FAILED, "403 blocked"),
        (WAITS, MessageState.ACCEPTED, None),
        (UNSURE, MessageState.UNKNOWN, "timeout"),
    ],
    ids=["sent", "refused", "gone", "waits", "unsure"],
)
async def test_each_end_is_kept(desk: Desk, result: AttemptResult, state: MessageState, reason: str | None) -> None:
    """The message stands as the result says, at the moment when the messenger answered, and so does its attempt."""
    after = await desk.settle(result)
    message, (attempt,) = await desk.kept()
    assert message == after
    assert (after.state, after.reason) == (state, reason)
    assert (attempt.outcome, attempt.why) == (result.outcome, result.why)
    is_open = state is MessageState.ACCEPTED
    assert (after.settled_at, after.next_at) == ((None, LATER) if is_open else (SOON, None))
    assert after.platform_message_id == ("m1" if result is SENT else None)
    assert (await desk.account()).reachable is (result is not GONE)


async def test_who_spoke_meanwhile_is_reachable(desk: Desk) -> None:
    """A refusal says nothing about a person who wrote to the bot after it was asked."""
    account = desk.leased.account
    await desk.store.write(lambda unit: unit.people.put_account(replace(account, spoke_at=SOON)))
    assert (await desk.settle(GONE)).state is MessageState.FAILED
    assert (await desk.account()).reachable


async def test_a_receipt_that_was_faster_counts(desk: Desk) -> None:
    """The messenger told that the message was read before it was written down that it was sent."""
    receipt = Receipt(bot=TG, message_id="m1", stage=Stage.READ, at=NOON)
    await desk.store.write(lambda unit: unit.receipts.put(receipt))
    assert (await desk.settle(SENT)).state is MessageState.READ


async def test_what_was_changed_meanwhile_stays(desk: Desk) -> None:
    """A message that is not as it was leased is somebody else's now; what was tried is kept all the same."""
    taken_up_again = replace(desk.leased.message, attempts=2)
    await desk.store.write(lambda unit: unit.outbox.swap(desk.leased.message, taken_up_again))
    await desk.settle(SENT)
    message, (attempt,) = await desk.kept()
    assert message == taken_up_again
    assert attempt.outcome is Outcome.SENT


@pytest.mark.parametrize("result", [SENT, REFUSED, GONE, WAITS, UNSURE])
async def test_what_happened_can_be_kept_alone(
    desk: Desk, result: AttemptResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where what follows has a bug, the message ends as it would with nobody to tell and nowhere else to go."""

    def follow(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Settlement, "settled", follow)
    with pytest.raises(ZeroDivisionError):
        await desk.settle(result)
    assert (await desk.kept())[0] == desk.leased.message
    after = await desk.store.write(lambda unit: settle_barely(unit, desk.leased, result))
    message, (attempt,) = await desk.kept()
    assert (message, attempt.outcome) == (after, result.outcome)
    assert after.state is not MessageState.SENDING
