"""What one transaction can find, keep and change of what is to be sent later: scheduled, recurring, drip chains."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import AccountId, AppId, ChainId, RecurringId, ScheduledId, SubscriptionId
from core.model.later.drip import Chain, Enrolment, Trigger
from core.model.later.recurring import Recurring
from core.model.later.scheduled import Scheduled, ScheduledState


class ScheduledRepository(Protocol):
    """Messages for one subscriber, for later."""

    def put(self, scheduled: Scheduled) -> None:
        """Add it, or replace the one with the same id."""
        ...

    def by_id(self, scheduled_id: ScheduledId) -> Scheduled | None:
        """Find one."""
        ...

    def count_waiting(self, app_id: AppId) -> int:
        """Count the app's whose time has not come."""
        ...

    def page(
        self, app_id: AppId, state: ScheduledState | None, after: Scheduled | None, limit: int
    ) -> Sequence[Scheduled]:
        """List the app's by their time, of one state or all, from behind ``after``."""
        ...

    def first_due(self) -> datetime | None:
        """Return when the next one is due."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Scheduled]:
        """List what is due, longest due first."""
        ...

    def forget_subscription(self, subscription_id: SubscriptionId) -> None:
        """Delete all that is, or was, for one subscriber."""
        ...

    def forget(self, settled_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` that were settled before; return how many."""
        ...


class RecurringRepository(Protocol):
    """Messages that recur."""

    def put(self, recurring: Recurring) -> None:
        """Add it, or replace the one with the same id."""
        ...

    def by_id(self, recurring_id: RecurringId) -> Recurring | None:
        """Find one."""
        ...

    def list_all(self, app_id: AppId) -> Sequence[Recurring]:
        """List the app's, oldest first."""
        ...

    def remove(self, recurring_id: RecurringId) -> None:
        """Delete one."""
        ...

    def first_due(self, now: datetime) -> datetime | None:
        """Return when the next one is due."""
        ...

    def due(self, now: datetime) -> Recurring | None:
        """Return what is due and has come the least far, so that a small one need not wait for a large one.

        So is a run that began later than now: the clock was set back.
        """
        ...

    def accounts_after(
        self, app_id: AppId, subscribed_by: datetime, after: AccountId, limit: int
    ) -> Sequence[AccountId]:
        """List accounts that are subscribed to the app, and were by then, in the order of their ids."""
        ...

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        """Let what is for one tag be for another."""
        ...


class DripRepository(Protocol):
    """Chains of messages, and who is in them."""

    def add_chain(self, chain: Chain) -> None:
        """Keep a new chain."""
        ...

    def chain(self, chain_id: ChainId) -> Chain | None:
        """Find a chain."""
        ...

    def chains(self, app_id: AppId) -> Sequence[Chain]:
        """List the app's chains, oldest first."""
        ...

    def begun_by(self, app_id: AppId, trigger: Trigger, value: str) -> Sequence[Chain]:
        """List the app's chains that begin with a tag, a permission, an event or a subscription, oldest first."""
        ...

    def remove_chain(self, chain_id: ChainId) -> None:
        """Delete a chain; who is still in it is deleted by the job that finds them due."""
        ...

    def empty(self, chain_id: ChainId, limit: int) -> int:
        """Delete at most ``limit`` of those who are in a chain; return how many."""
        ...

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        """Let the app's chains that begin with one tag begin with another."""
        ...

    def count_enrolled(self, chain_id: ChainId) -> int:
        """Count who is in a chain, but for tests."""
        ...

    def enrolment(self, chain_id: ChainId, subscription_id: SubscriptionId, *, is_test: bool) -> Enrolment | None:
        """Find a subscriber in a chain."""
        ...

    def put_enrolment(self, enrolment: Enrolment) -> None:
        """Add it, or replace the one of the same subscriber in the same chain."""
        ...

    def remove_enrolment(self, enrolment: Enrolment) -> None:
        """Delete it."""
        ...

    def leave_all(self, subscription_id: SubscriptionId) -> None:
        """Delete a subscriber from all chains."""
        ...

    def leave(self, chain_id: ChainId, subscription_id: SubscriptionId) -> None:
        """Delete a subscriber from one chain."""
        ...

    def first_due(self) -> datetime | None:
        """Return when the next step is due."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Enrolment]:
        """List who gets a step now, longest due first."""
        ...
