"""A subscription's life: it begins, gains tags and permissions, changes, ends; the site is told of each end.

Methods over a ``Unit``, so that a login and a link can use them inside their own transactions. Erasing a subscriber is
``core.privacy``'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from core.entropy import uuid4
from core.model.ids import AppId, SubscriptionId
from core.model.people.person import Account
from core.model.subscribers.errors import SubscriberNotFound
from core.model.subscribers.subscriber import read_subscription_id
from core.model.subscribers.subscription import Subscription
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import language_of
from core.people.names import Names, open_names, seal_names
from core.ports.store import Unit
from core.webhooks.publisher import Event, Publisher, event_of


class Follower(Protocol):
    """A story above this one that follows what happens to subscriptions, in the transaction in which it happens."""

    def subscription_changed(self, unit: Unit, before: Subscription | None, after: Subscription, now: datetime) -> None:
        """Follow a change; ``before`` is ``None`` when the subscription begins (anew), ``after`` may be over."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a subscription gains: a tag, a permission, and the names that the project dialect shows."""

    tags: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    names: Names | None = None


NOTHING: Final = Gain()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """The story of one subscription; ``followers`` are told of each change."""

    publisher: Publisher
    followers: Sequence[Follower] = ()

    def ensure(self, unit: Unit, app_id: AppId, account: Account, now: datetime, gain: Gain = NOTHING) -> Subscription:
        """Let the app write to the account from now on, and tell its site if that is new; return the subscription."""
        subscription, events = self.begin(unit, app_id, account, now, gain)
        self.publisher.publish(unit, app_id, now, *events)
        return subscription

    def begin(
        self, unit: Unit, app_id: AppId, account: Account, now: datetime, gain: Gain
    ) -> tuple[Subscription, Sequence[Event]]:
        """Let the app write to the account from now on; return the subscription, and what its site is to be told."""
        earlier = unit.subscriptions.find(app_id, account.account_id)
        is_new = earlier is None or not earlier.is_alive
        before = earlier or Subscription(
            subscription_id=SubscriptionId(str(uuid4(self.publisher.entropy))),
            app_id=app_id,
            account_id=account.account_id,
            consented_at=now,
        )
        after = replace(before, consented_at=now, ended_at=None) if is_new else before
        required = _required(unit, app_id) if is_new else ()
        after = replace(
            after,
            tags=_joined(after.tags, gain.tags),
            permissions=_joined(after.permissions, (*required, *gain.permissions)),
            names=after.names if gain.names is None else _kept_names(after, gain.names, self.publisher),
        )
        if is_new or after != before:
            self.change(unit, None if is_new else before, after, now)
        if not is_new:
            return after, ()
        fields = {"lang": language_of(account), "tags": list(after.tags), "permissions": list(after.permissions)}
        return after, (event_of(WebhookEvent.SUBSCRIPTION_CREATED, after, account, fields),)

    def change(self, unit: Unit, before: Subscription | None, after: Subscription, now: datetime) -> None:
        """Keep a subscription as it is from now on, and let those follow who must."""
        unit.subscriptions.put(after)
        for follower in self.followers:
            follower.subscription_changed(unit, before, after, now)

    def end_all(self, unit: Unit, account: Account, now: datetime, consented_by: datetime) -> Sequence[Subscription]:
        """End the account's subscriptions that were consented to by then; return those that were alive."""
        alive = [each for each in unit.subscriptions.alive_of(account.account_id) if each.consented_at <= consented_by]
        for subscription in alive:
            self.end(unit, subscription, account, now)
        return alive

    def end(self, unit: Unit, subscription: Subscription, account: Account, now: datetime) -> None:
        """End a subscription: the app may not write any more, and what it knew of the person's names is erased."""
        self.change(unit, subscription, replace(subscription, ended_at=now, permissions=(), names=None), now)
        self.publisher.publish(unit, subscription.app_id, now, deleted(subscription, account))


def deleted(subscription: Subscription, account: Account) -> Event:
    """Return the event that a subscription is over, by whatever end."""
    return event_of(WebhookEvent.SUBSCRIPTION_DELETED, subscription, account)


def alive(unit: Unit, app_id: AppId, subscription_id: str) -> Subscription:
    """Return the app's living subscription, or raise ``SubscriberNotFound``.

    The refusal does not tell whether there was one, or is one of another app.
    """
    subscription = own(unit, app_id, subscription_id)
    if not subscription.is_alive:
        raise SubscriberNotFound
    return subscription


def named(unit: Unit, app_id: AppId, subscription_id: str | None, external_id: str | None) -> Sequence[Subscription]:
    """Return the app's living subscriptions that its site names by one of the two; raise ``SubscriberNotFound``."""
    if subscription_id is not None:
        return [alive(unit, app_id, subscription_id)]
    living = [each for each in unit.subscriptions.by_external_id(app_id, external_id or "") if each.is_alive]
    if not living:
        raise SubscriberNotFound
    return living


def own(unit: Unit, app_id: AppId, subscription_id: str) -> Subscription:
    """Return the app's subscription, ended or not; raise ``SubscriberNotFound``."""
    checked_id = read_subscription_id(subscription_id)
    subscription = unit.subscriptions.by_id(checked_id) if checked_id is not None else None
    if subscription is None or subscription.app_id != app_id:
        raise SubscriberNotFound
    return subscription


def _required(unit: Unit, app_id: AppId) -> tuple[str, ...]:
    return tuple(each.key for each in unit.apps.project(app_id).permissions if each.required)


def _kept_names(subscription: Subscription, names: Names, publisher: Publisher) -> bytes | None:
    """Return the names sealed anew, or as they are sealed if they have not changed."""
    if subscription.names is not None and open_names(subscription, publisher.seal) == names:
        return subscription.names
    return seal_names(names, subscription.subscription_id, publisher.seal)


def _joined(former: tuple[str, ...], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*former, *new)))
