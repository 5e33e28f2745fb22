"""What a subscriber is called, for the project dialect, which shows it: sealed beside the subscription."""

import json
from dataclasses import dataclass, replace

from core.model.ids import SubscriptionId
from core.model.people.person import Sender
from core.model.subscribers.subscription import Subscription
from core.model.text.names import presentable
from core.seal import Seal, SealBrokenError


@dataclass(frozen=True, slots=True)
class Names:
    """First name and username (without ``@``) as the messenger told them last; each may be empty."""

    first_name: str = ""
    username: str = ""


def presentable_sender(sender: Sender) -> Sender:
    """Return who speaks, with names that nobody need be afraid of: they are told to sites, kept, and shown."""
    return replace(
        sender,
        first_name=presentable(sender.first_name),
        last_name=None if sender.last_name is None else presentable(sender.last_name) or None,
        username=None if sender.username is None else presentable(sender.username) or None,
    )


def names_of(sender: Sender) -> Names:
    """Return the names that the messenger just told."""
    return Names(sender.first_name, sender.username or "")


def seal_names(names: Names, subscription_id: SubscriptionId, seal: Seal) -> bytes:
    """Return the names, sealed for this subscription."""
    return seal.seal(json.dumps([names.first_name, names.username]).encode(), names_context(subscription_id))


def open_names(subscription: Subscription, seal: Seal) -> Names:
    """Return the names that ``seal_names`` sealed, empty ones if none are kept; raise ``SealBrokenError``."""
    if subscription.names is None:
        return Names()
    first_name, username = json.loads(seal.open(subscription.names, names_context(subscription.subscription_id)))
    return Names(presentable(first_name), presentable(username))  # some were kept as they came


def known_names(subscription: Subscription, seal: Seal) -> Names:
    """Return the names that can be opened, empty ones if they were sealed with another master key."""
    try:
        return open_names(subscription, seal)
    except SealBrokenError:
        return Names()


def names_context(subscription_id: SubscriptionId) -> str:
    """Return what a subscriber's names are sealed for."""
    return f"names of {subscription_id}"
