"""A draft becomes one recipient's message."""

from collections.abc import Mapping

from core.flows.names import open_names
from core.flows.subscriptions import language_of
from core.model.content import Content
from core.model.draft import Draft
from core.model.person import Account, Subscription
from core.ports import Unit
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
