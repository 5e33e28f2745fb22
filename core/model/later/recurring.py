"""Recurring messages: one draft to an audience, again and again (``projects-api`` section 9).

A run is one time: it goes through the accounts that were subscribed when it began, in the order of their ids, and
remembers how far it came. The next one begins at the next regular time, however much was missed.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from core.model.calendar.recurrence import Recurrence, next_run
from core.model.ids import AccountId, AppId, RecurringId
from core.model.people.person import Account, MessengerName
from core.model.subscribers.subscription import Subscription

RECURRING_LIMIT: Final = 100
"""How many recurring messages a project may have."""
_BEFORE_ALL: Final = AccountId("")
"""Where a run begins: before the first account in the order of ids."""


@dataclass(frozen=True, slots=True)
class RecurringAudience:
    """The subscribers who get the message: all, or those by one messenger, with a tag, with a permission."""

    channel: MessengerName | None = None
    segment: str | None = None
    permission: str | None = None

    def has(self, subscription: Subscription, account: Account) -> bool:
        """Tell whether the subscriber gets the message, as they are now."""
        return (
            subscription.is_alive
            and self.channel in {None, account.messenger}
            and (self.segment is None or self.segment in subscription.tags)
            and subscription.permits(self.permission)
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One time that the message is sent: the accounts subscribed at ``began_at`` get it, those up to ``after`` have."""

    began_at: datetime
    after: AccountId = _BEFORE_ALL
    accepted: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A recurring message; ``draft`` is sealed, ``run`` is the run under way, ``last_run`` the last one over."""

    recurring_id: RecurringId
    app_id: AppId
    name: str
    draft: bytes = field(repr=False)
    rhythm: Recurrence
    audience: RecurringAudience
    created_at: datetime
    next_at: datetime
    run: Run | None = None
    last_run: Run | None = None


def begun(recurring: Recurring, now: datetime) -> Recurring:
    """Return the message with a run under way; one that was broken off goes on where it was."""
    return recurring if recurring.run else replace(recurring, run=Run(now))


def advanced(recurring: Recurring, after: AccountId, accepted: int, skipped: int) -> Recurring:
    """Return the message with its run advanced to an account, with so many more accepted and skipped."""
    run = recurring.run or Run(recurring.next_at)
    counted = Run(run.began_at, after, run.accepted + accepted, run.skipped + skipped)
    return replace(recurring, run=counted)


def put_off(recurring: Recurring, now: datetime, until: datetime) -> Recurring:
    """Return the message due at ``until``; a run under way began no later than now, whatever the clock said then."""
    run = recurring.run
    return replace(recurring, next_at=until, run=run and replace(run, began_at=min(run.began_at, now)))


def over(recurring: Recurring, now: datetime) -> Recurring:
    """Return the message with its run over; the next run is at the next regular time, whatever was missed."""
    return replace(
        recurring,
        run=None,
        last_run=recurring.run,
        next_at=next_run(recurring.rhythm, recurring.created_at, now),
    )
