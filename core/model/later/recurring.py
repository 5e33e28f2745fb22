"""A message for many, again and again (``projects-api`` section 9)."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from core.model.calendar.recurrence import Recurrence, next_run
from core.model.ids import AccountId, AppId, RecurringId
from core.model.people.person import Account, MessengerName
from core.model.subscribers.subscription import Subscription

RECURRING_LIMIT: Final = 100
"""How many a project may have."""
_BEFORE_ALL: Final = AccountId("")


@dataclass(frozen=True, slots=True)
class RecurringAudience:
    """Who is meant: all subscribers, by one messenger, with a tag, with a permission."""

    channel: MessengerName | None = None
    segment: str | None = None
    permission: str | None = None

    def has(self, subscription: Subscription, account: Account) -> bool:
        """Tell whether a subscriber is meant, as they are now."""
        return (
            subscription.is_alive
            and self.channel in {None, account.messenger}
            and (self.segment is None or self.segment in subscription.tags)
            and subscription.permits(self.permission)
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One time under way: who was subscribed when it began is written to, and has been up to ``after``."""

    began_at: datetime
    after: AccountId = _BEFORE_ALL
    accepted: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A message that recurs; ``draft`` is sealed, ``run`` is the time under way, ``last_run`` the last one over."""

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
    """Return it with a run under way; one that was broken off goes on where it was."""
    return recurring if recurring.run else replace(recurring, run=Run(now))


def advanced(recurring: Recurring, after: AccountId, accepted: int, skipped: int) -> Recurring:
    """Note that all up to an account were written to."""
    run = recurring.run or Run(recurring.next_at)
    counted = Run(run.began_at, after, run.accepted + accepted, run.skipped + skipped)
    return replace(recurring, run=counted)


def put_off(recurring: Recurring, now: datetime, until: datetime) -> Recurring:
    """Go on later; a run under way did not begin later than now, whatever the clock said then."""
    run = recurring.run
    return replace(recurring, next_at=until, run=run and replace(run, began_at=min(run.began_at, now)))


def over(recurring: Recurring, now: datetime) -> Recurring:
    """End the run; the next one is at the next regular time, whatever was missed."""
    return replace(
        recurring,
        run=None,
        last_run=recurring.run,
        next_at=next_run(recurring.rhythm, recurring.created_at, now),
    )
