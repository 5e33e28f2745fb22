"""A subscription's life: it begins, gains tags and permissions, ends, is forgotten; the site is told of each end.

Functions of a ``Unit``, so that a login and a link can use them inside their own transactions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from core.entropy import uuid4
from core.later.enrolment import follow_change
from core.model.ids import AppId, SubscriptionId
from core.model.people.person import Account
from core.model.subscribers.errors import SubscriberNotFound
from core.model.subscribers.subscriber import read_subscription_id
from core.model.subscribers.subscription import Subscription
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import language_of
from core.people.names import Names, open_names, seal_names
from core.ports.store import Unit
from core.sending.erasure import AT_ONCE, erase_messages
from core.webhooks.publisher import Event, Publisher, event_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a subscription gains: a tag, a permission, and the names that the project dialect shows."""

    tags: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    names: Names | None = None


NOTHING: Final = Gain()
ERASED: Final = "erased at the subscriber's request"
"""What the log says of notes about who was forgotten that were not sent yet."""


def ensure(  # noqa: PLR0913, PLR0917 - whose, by which app, when, and what with it
    unit: Unit, publisher: Publisher, app_id: AppId, account: Account, now: datetime, gain: Gain = NOTHING
) -> tuple[Subscription, bool]:
    """Let the app write to the account from now on, and tell it; return the subscription, and whether it is news."""
    subscription, news = begin(unit, publisher, app_id, account, now, gain)
    publisher.publish(unit, app_id, now, *news)
    return subscription, bool(news)


def begin(  # noqa: PLR0913, PLR0917 - whose, by which app, when, and what with it
    unit: Unit, publisher: Publisher, app_id: AppId, account: Account, now: datetime, gain: Gain
) -> tuple[Subscription, Sequence[Event]]:
    """Let the app write to the account from now on; return the subscription, and what its site is to be told."""
    known = unit.subscriptions.find(app_id, account.account_id)
    is_news = known is None or not known.is_alive
    if known is None:
        known = Subscription(
            subscription_id=SubscriptionId(str(uuid4(publisher.entropy))),
            app_id=app_id,
            account_id=account.account_id,
            consented_at=now,
        )
    after = replace(known, consented_at=now, ended_at=None) if is_news else known
    required = _required(unit, app_id) if is_news else ()
    after = replace(
        after,
        tags=_joined(after.tags, gain.tags),
        permissions=_joined(after.permissions, (*required, *gain.permissions)),
        names=after.names if gain.names is None else _kept_names(after, gain.names, publisher),
    )
    if is_news or after != known:
        unit.subscriptions.put(after)
        follow_change(unit, publisher, None if is_news else known, after, now)
    if not is_news:
        return after, ()
    told = {"lang": language_of(account), "tags": list(after.tags), "permissions": list(after.permissions)}
    return after, (event_of(WebhookEvent.SUBSCRIPTION_CREATED, after, account, told),)


def end_all(
    unit: Unit, publisher: Publisher, account: Account, now: datetime, consented_by: datetime
) -> Sequence[Subscription]:
    """End the account's subscriptions that were consented to by then; return those that were alive."""
    alive = [each for each in unit.subscriptions.alive_of(account.account_id) if each.consented_at <= consented_by]
    for subscription in alive:
        end(unit, publisher, subscription, account, now)
    return alive


def end(unit: Unit, publisher: Publisher, subscription: Subscription, account: Account, now: datetime) -> None:
    """End a subscription: the app may not write any more, and what it knew of the person's names is erased."""
    unit.subscriptions.put(replace(subscription, ended_at=now, permissions=(), names=None))
    unit.drips.leave_all(subscription.subscription_id)
    publisher.publish(unit, subscription.app_id, now, _gone(subscription, account))


def forget(unit: Unit, publisher: Publisher, subscription: Subscription, account: Account, now: datetime) -> None:
    """Erase what an app knows of a person: the subscription, what it is told of it, and profiles nobody fetched yet.

    What was written to them is erased too, and what was to be sent is never sent. Where that may be much, erase it
    beforehand, some at a time.
    """
    while erase_messages(unit, subscription.app_id, account, now) == AT_ONCE:
        continue
    unit.subscriptions.remove(subscription.subscription_id)
    unit.drips.leave_all(subscription.subscription_id)
    unit.scheduled.forget_subscription(subscription.subscription_id)
    unit.logins.erase_profiles_of(subscription.app_id, account.account_id)
    unit.one_time_codes.forget_of(subscription.subscription_id)
    unit.webhooks.erase_deliveries_of(subscription.subscription_id, ERASED, now)
    if subscription.is_alive:
        publisher.publish(unit, subscription.app_id, now, _gone(subscription, account))


def _gone(subscription: Subscription, account: Account) -> Event:
    return event_of(WebhookEvent.SUBSCRIPTION_DELETED, subscription, account)


def _required(unit: Unit, app_id: AppId) -> tuple[str, ...]:
    return tuple(each.key for each in unit.apps.project(app_id).permissions if each.required)


def _kept_names(subscription: Subscription, names: Names, publisher: Publisher) -> bytes | None:
    """Return the names sealed anew, or as they are sealed if they have not changed."""
    if subscription.names is not None and open_names(subscription, publisher.seal) == names:
        return subscription.names
    return seal_names(names, subscription.subscription_id, publisher.seal)


def _joined(known: tuple[str, ...], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *new)))


def alive(unit: Unit, app_id: AppId, subscription_id: str) -> Subscription:
    """Return the app's living subscription; no answer tells whether there is one of another app, or was one."""
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
    """Return the app's subscription, ended or not."""
    known_id = read_subscription_id(subscription_id)
    subscription = unit.subscriptions.by_id(known_id) if known_id is not None else None
    if subscription is None or subscription.app_id != app_id:
        raise SubscriberNotFound
    return subscription
