"""Lets people subscribe and leave, as far as the stories of the site's side care."""

from datetime import UTC, datetime

from core.model.ids import AppId, BotName, SubscriptionId
from core.model.people.person import MessengerName, Sender
from core.model.subscribers.subscription import Subscription
from core.people.accounts import owner
from core.ports.store import Store, Unit
from core.subscribers.subscriptions import NOTHING, Gain
from tests.core.conftest import ACCOUNTS, SUBSCRIPTIONS

SHOP, OTHER = AppId("a" * 24), AppId("b" * 24)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


async def join(
    store: Store, user_id: str, gain: Gain = NOTHING, app_id: AppId = SHOP, at: datetime = NOON
) -> SubscriptionId:
    """Subscribe somebody, by MAX if their id says so, and return the subscription's id."""
    messenger = MessengerName.MAX if user_id.startswith("max") else MessengerName.TELEGRAM
    who = Sender(
        bot=BotName(messenger.value),
        messenger=messenger,
        user_id=user_id,
        chat=user_id,
        first_name="Somebody",
        language="ru-RU",
    )

    def join(unit: Unit) -> Subscription:
        account = ACCOUNTS.find_or_add(unit, who, at)
        return SUBSCRIPTIONS.ensure(unit, app_id, account, at, gain)

    return (await store.write(join)).subscription_id


async def leave(store: Store, subscription_id: SubscriptionId) -> None:
    """End a subscription as its owner does."""

    def leave(unit: Unit) -> None:
        known = unit.subscriptions.by_id(subscription_id)
        assert known is not None
        SUBSCRIPTIONS.end(unit, known, owner(unit, known.account_id), NOON)

    await store.write(leave)


async def kept(store: Store, subscription_id: SubscriptionId) -> Subscription | None:
    """Return the subscription as it is in the store, ended or not."""
    return await store.read(lambda unit: unit.subscriptions.by_id(subscription_id))
