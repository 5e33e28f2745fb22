"""A draft becomes one recipient's message."""

from collections.abc import Mapping

from core.model.messages.content import Content
from core.model.messages.template import Draft
from core.model.people.person import Account
from core.model.subscribers.subscription import Subscription
from core.people.accounts import language_of
from core.people.names import open_names
from core.ports.store import Unit
from core.seal import Seal


def personal(unit: Unit, seal: Seal, draft: Draft, subscription: Subscription, account: Account) -> Content:
    """Return the draft as this subscriber gets it, signed; raise ``Invalid`` if it does not fit them."""
    signature = unit.apps.project(subscription.app_id).sender.signature
    return draft.content(variables_of(seal, subscription, account), signature)


def variables_of(seal: Seal, subscription: Subscription, account: Account) -> Mapping[str, str]:
    """Return the built-in variables of a subscriber; a name that is not known is empty."""
    names = open_names(subscription, seal)
    return {
        "first_name": names.first_name,
        "username": names.username,
        "subscriber_id": subscription.subscription_id,
        "lang": language_of(account),
    }
