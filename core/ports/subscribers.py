"""What one transaction can find, keep and change of subscriptions, alive and ended."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.model.ids import (
    AccountId,
    AppId,
    SubscriptionId,
)
from core.model.people.person import Account
from core.model.subscribers.subscriber import SubscriberFilter
from core.model.subscribers.subscription import Subscription


class SubscriptionRepository(Protocol):
    """The subscriptions: which app may write to which account."""

    def find(self, app_id: AppId, account_id: AccountId) -> Subscription | None:
        """Find a subscription, ended or not."""
        ...

    def by_id(self, subscription_id: SubscriptionId) -> Subscription | None:
        """Find a subscription by its id, ended or not."""
        ...

    def by_external_id(self, app_id: AppId, external_id: str) -> Sequence[Subscription]:
        """List the app's subscriptions that its site knows by this id of its own, ended ones too."""
        ...

    def alive_of(self, account_id: AccountId) -> Sequence[Subscription]:
        """List the account's subscriptions that are alive, oldest first."""
        ...

    def list_page(
        self, app_id: AppId, wanted: SubscriberFilter, limit: int, offset: int
    ) -> Sequence[tuple[Subscription, Account]]:
        """List the app's living subscriptions that are wanted, with their accounts, newest first."""
        ...

    def count(self, app_id: AppId, wanted: SubscriberFilter) -> int:
        """Count the app's living subscriptions that are wanted."""
        ...

    def count_by_tag(self, app_id: AppId) -> Mapping[str, int]:
        """Count the app's living subscriptions by tag; a tag that none has is missing."""
        ...

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        """Give all the app's subscriptions with the tag, ended ones too, the new one, which none of them has."""
        ...

    def drop_tag(self, app_id: AppId, name: str) -> None:
        """Take the tag from all the app's subscriptions, ended ones too."""
        ...

    def drop_permission(self, app_id: AppId, key: str) -> None:
        """Take the permission from all the app's subscriptions."""
        ...

    def put(self, subscription: Subscription) -> None:
        """Add the subscription, or replace the one of the same app and account."""
        ...

    def remove(self, subscription_id: SubscriptionId) -> None:
        """Delete a subscription."""
        ...
