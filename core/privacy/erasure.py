"""A site has a subscriber forgotten: the subscription, what was written to it, and what the site was told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.clock import Clock
from core.model.ids import AppId
from core.model.people.person import Account
from core.model.subscribers.subscription import Subscription
from core.people.accounts import owner
from core.ports.store import Store, Unit
from core.sending.erasure import AT_ONCE, erase_messages
from core.sending.settlement import Settlement
from core.subscribers.subscriptions import deleted, own

ERASED: Final = "erased at the subscriber's request"
"""What the log says of notes about the erased subscriber that were not sent yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The story of forgetting; messages that are still to be sent are settled as cancelled."""

    store: Store
    clock: Clock
    settlement: Settlement

    async def forget(self, app_id: AppId, subscription_id: str) -> None:
        """Erase what the app knows of a subscriber, who may have left, and tell the site that they are gone.

        Raises ``SubscriberNotFound``. Messages go first, some in each transaction, and the subscription goes last: what
        was interrupted can be asked for again.
        """
        now = self.clock.now()

        def erase_some(unit: Unit) -> int:
            _, account = _owned(unit, app_id, subscription_id)
            return erase_messages(unit, self.settlement, app_id, account, now)

        def forget(unit: Unit) -> None:
            self.forget_in(unit, *_owned(unit, app_id, subscription_id), now)

        while await self.store.write(erase_some) == AT_ONCE:
            continue
        await self.store.write(forget)

    def forget_in(self, unit: Unit, subscription: Subscription, account: Account, now: datetime) -> None:
        """Erase the subscription, its messages, profiles not fetched yet, and what the site is told of it, in a unit.

        Where there may be many messages, ``forget`` erases them beforehand.
        """
        while erase_messages(unit, self.settlement, subscription.app_id, account, now) == AT_ONCE:
            continue
        unit.subscriptions.remove(subscription.subscription_id)
        unit.drips.leave_all(subscription.subscription_id)
        unit.scheduled.forget_subscription(subscription.subscription_id)
        unit.logins.erase_profiles_of(subscription.app_id, account.account_id)
        unit.one_time_codes.forget_of(subscription.subscription_id)
        unit.webhooks.erase_deliveries_of(subscription.subscription_id, ERASED, now)
        if subscription.is_alive:
            self.settlement.publisher.publish(unit, subscription.app_id, now, deleted(subscription, account))


def _owned(unit: Unit, app_id: AppId, subscription_id: str) -> tuple[Subscription, Account]:
    """Return the app's subscription, ended or not, and its account; raise ``SubscriberNotFound``."""
    subscription = own(unit, app_id, subscription_id)
    return subscription, owner(unit, subscription.account_id)
