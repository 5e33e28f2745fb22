"""What messengers bring hours late must not undo what people have done since."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.model.apps.app import App
from core.model.ids import AppId, BotName
from core.model.people.person import Account, MessengerName, Sender
from core.model.subscribers.subscription import Subscription
from core.people import accounts
from core.ports.store import Store, Unit
from core.subscribers.membership import Membership
from tests.core.conftest import ACCOUNTS, SUBSCRIPTIONS, SetClock

APP_ID = AppId("a" * 24)
HOUR = timedelta(hours=1)


@pytest.fixture
async def anna(store: Store, clock: SetClock) -> Sender:
    """Return somebody who logged in to the shop a moment ago."""
    sender = Sender(
        bot=BotName("max"),
        messenger=MessengerName.MAX,
        user_id="5",
        chat="5",
        first_name="Anna",
        at=clock.time,
    )

    def log_in(unit: Unit) -> None:
        unit.apps.add(App(app_id=APP_ID, slug="shop", name="Shop", created_at=clock.time))
        account = ACCOUNTS.find_or_add(unit, sender, clock.time)
        SUBSCRIPTIONS.ensure(unit, APP_ID, account, clock.time)

    await store.write(log_in)
    return sender


def subscribe(store: Store, clock: SetClock) -> Membership:
    """Return the story."""
    return Membership(store=store, clock=clock, accounts=ACCOUNTS, subscriptions=SUBSCRIPTIONS)


async def state(store: Store, sender: Sender) -> tuple[Account, Subscription]:
    """Return the account and its subscription."""

    def find(unit: Unit) -> tuple[Account, Subscription]:
        account = accounts.find(unit, sender)
        assert account is not None
        subscription = unit.subscriptions.find(APP_ID, account.account_id)
        assert subscription is not None
        return account, subscription

    return await store.read(find)


async def test_a_stop_of_before_the_login_ends_nothing(store: Store, clock: SetClock, anna: Sender) -> None:
    """Said an hour before the consent, told after it."""
    assert len(await subscribe(store, clock).leave_all(replace(anna, at=clock.time - HOUR))) == 0
    assert (await state(store, anna))[1].ended_at is None


async def test_a_stop_told_late_still_ends_what_was_meant(store: Store, clock: SetClock, anna: Sender) -> None:
    """Said after the consent, told seven hours later."""
    said = replace(anna, at=clock.time + timedelta(minutes=1))
    clock.time += 7 * HOUR
    assert len(await subscribe(store, clock).leave_all(said)) == 1


async def test_a_stop_at_once_counts_whatever_the_clocks_say(store: Store, clock: SetClock, anna: Sender) -> None:
    """A messenger's clock may be seconds behind ours, and tells whole seconds."""
    assert len(await subscribe(store, clock).leave_all(replace(anna, at=clock.time - timedelta(seconds=5)))) == 1


async def test_a_block_of_before_they_came_back_changes_nothing(store: Store, clock: SetClock, anna: Sender) -> None:
    """Blocked, came back, logged in; then the news of the block."""
    await subscribe(store, clock).lose(replace(anna, at=clock.time - HOUR))
    account, subscription = await state(store, anna)
    assert account.reachable
    assert subscription.ended_at is None


async def test_a_message_that_could_not_be_brought_ends_no_consent(store: Store, clock: SetClock, anna: Sender) -> None:
    """The account counts as unreachable until the person speaks; what they consented to stays."""
    await subscribe(store, clock).miss(anna)
    account, subscription = await state(store, anna)
    assert not account.reachable
    assert subscription.ended_at is None
    await subscribe(store, clock).regain(anna)
    assert (await state(store, anna))[0].reachable
