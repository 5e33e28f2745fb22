"""What one transaction can find, keep and change of what is to be sent later: scheduled, recurring, drip chains."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import AccountId, AppId, ChainId, RecurringId, ScheduledId, SubscriptionId
from core.model.later.drip import Chain, Enrolment, Trigger
from core.model.later.recurring import Recurring
from core.model.later.scheduled import Scheduled, ScheduledState


class ScheduledRepository(Protocol):
    """The scheduled messages: each for one subscriber, at one time."""

    def put(self, scheduled: Scheduled) -> None:
        """Add a scheduled message, or replace the one with the same id."""
        ...

    def by_id(self, scheduled_id: ScheduledId) -> Scheduled | None:
        """Find a scheduled message."""
        ...

    def count_waiting(self, app_id: AppId) -> int:
        """Count the app's scheduled messages whose time has not come."""
        ...

    def page(
        self, app_id: AppId, state: ScheduledState | None, after: Scheduled | None, limit: int
    ) -> Sequence[Scheduled]:
        """List the app's scheduled messages by their time, in one state or all, from behind ``after``."""
        ...

    def first_due(self) -> datetime | None:
        """Return when the next scheduled message is due; ``None`` if none waits."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Scheduled]:
        """List scheduled messages that are due, longest due first."""
        ...

    def forget_subscription(self, subscription_id: SubscriptionId) -> None:
        """Delete all scheduled messages to one subscriber, past and waiting."""
        ...

    def forget(self, settled_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` scheduled messages that were settled before; return how many."""
        ...


class RecurringRepository(Protocol):
    """The recurring messages."""

    def put(self, recurring: Recurring) -> None:
        """Add a recurring message, or replace the one with the same id."""
        ...

    def by_id(self, recurring_id: RecurringId) -> Recurring | None:
        """Find a recurring message."""
        ...

    def list_all(self, app_id: AppId) -> Sequence[Recurring]:
        """List the app's recurring messages, oldest first."""
        ...

    def remove(self, recurring_id: RecurringId) -> None:
        """Delete a recurring message."""
        ...

    def first_due(self, now: datetime) -> datetime | None:
        """Return when the next run is due, or goes on; ``None`` if there is no recurring message."""
        ...

    def due(self, now: datetime) -> Recurring | None:
        """Return the message whose run is due and has come the least far: a small one need not wait for a large one.

        A run that began later than now is due as well, since the clock was set back.
        """
        ...

    def accounts_after(
        self, app_id: AppId, subscribed_by: datetime, after: AccountId, limit: int
    ) -> Sequence[AccountId]:
        """List accounts that are subscribed to the app, and were at ``subscribed_by``, in the order of their ids."""
        ...

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        """Let the app's recurring messages for one tag be for another."""
        ...


class DripRepository(Protocol):
    """The drip chains, and the subscribers who are in them."""

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
        """Delete a chain; its enrolments are deleted by ``empty``, or by the job that finds them due."""
        ...

    def empty(self, chain_id: ChainId, limit: int) -> int:
        """Delete at most ``limit`` enrolments of a chain; return how many."""
        ...

    def rename_tag(self, app_id: AppId, name: str, new_name: str) -> None:
        """Let the app's chains that begin with one tag begin with another."""
        ...

    def count_enrolled(self, chain_id: ChainId) -> int:
        """Count the enrolments of a chain, tests apart."""
        ...

    def enrolment(self, chain_id: ChainId, subscription_id: SubscriptionId, *, is_test: bool) -> Enrolment | None:
        """Find a subscriber's enrolment in a chain."""
        ...

    def put_enrolment(self, enrolment: Enrolment) -> None:
        """Add an enrolment, or replace the one of the same subscriber in the same chain."""
        ...

    def remove_enrolment(self, enrolment: Enrolment) -> None:
        """Delete an enrolment."""
        ...

    def leave_all(self, subscription_id: SubscriptionId) -> None:
        """Delete a subscriber's enrolments in all chains."""
        ...

    def leave(self, chain_id: ChainId, subscription_id: SubscriptionId) -> None:
        """Delete a subscriber's enrolments in one chain."""
        ...

    def first_due(self) -> datetime | None:
        """Return when the next step of any enrolment is due; ``None`` if none is."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Enrolment]:
        """List enrolments whose step is due, longest due first."""
        ...
