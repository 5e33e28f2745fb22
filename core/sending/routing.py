"""At which of a person's accounts a notice is aimed, and what is done where there is none any more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.model.ids import AccountId
from core.model.messages.receipt import Receipt, Stage
from core.model.people.person import Account
from core.model.sending import notice as notices
from core.model.sending.notice import GONE, NOT_PERMITTED, Attempt, Notice, NoticeState, Outcome
from core.ports.store import Unit
from core.sending.submission import candidates, may_write_to

_NO_USE: Final = frozenset({Outcome.UNREACHABLE, Outcome.REFUSED})
"""How an attempt ends that another one by the same account would end in too."""
_LATE_TRIES: Final = 2
"""What came too late as free words may still come in another form, once."""


def target(unit: Unit, notice: Notice) -> Account | None:
    """Return the account to send to: the one it is aimed at, if the app may still write to it, or else the next."""
    app = unit.apps.by_id(notice.app_id)
    if app is None:
        return None
    spent = _spent(unit, notice)
    if notice.is_bound:
        bound = unit.people.account_by_id(notice.account_id)
        is_free = bound is not None and bound.account_id not in spent
        return bound if bound and is_free and may_write_to(unit, app, bound, notice.permission) else None
    left = [account for account in candidates(unit, app, notice.person_id) if account.account_id not in spent]
    return next((account for account in left if account.account_id == notice.account_id), next(iter(left), None))


def why_nobody(unit: Unit, notice: Notice) -> str:
    """Return why nobody is left to send to: who is subscribed still may have withdrawn the permission that it needs."""
    subscription = unit.subscriptions.find(notice.app_id, notice.account_id) if notice.is_bound else None
    is_alive = subscription is not None and subscription.is_alive
    return NOT_PERMITTED if subscription and is_alive and not subscription.permits(notice.permission) else GONE


def _spent(unit: Unit, notice: Notice) -> frozenset[AccountId]:
    """Return the accounts by which it need not be tried again."""
    tried = _tried(unit, notice)
    late = Counter(each.account_id for each in tried if each.outcome is Outcome.LATE)
    no_use = [each.account_id for each in tried if each.outcome in _NO_USE]
    return frozenset(no_use) | {account_id for account_id, times in late.items() if times >= _LATE_TRIES}


def is_late(unit: Unit, notice: Notice) -> bool:
    """Tell whether the account it is aimed at was sent it already, and free words came too late."""
    tried = _tried(unit, notice)
    return any(each.outcome is Outcome.LATE and each.account_id == notice.account_id for each in tried)


def as_told(unit: Unit, notice: Notice, receipt: Receipt, now: datetime) -> Notice:
    """Return a message as far as its messenger says it came; one that it did not bring goes on to the next account.

    A one-time code does not: its text is gone once it was sent.
    """
    told = notices.told_of(notice, receipt)
    if told == notice or told.state is not NoticeState.FAILED or not notice.content or now >= notice.expires_at:
        return told
    outcome = Outcome.LATE if receipt.stage is Stage.TOO_LATE else Outcome.REFUSED
    for last in unit.outbox.attempts(notice.notice_id)[-1:]:
        unit.outbox.put_attempt(replace(last, outcome=outcome, why=receipt.why))
    following = target(unit, notice)
    return told if following is None else notices.aimed(notices.unsettled(notice), following, now)


def _tried(unit: Unit, notice: Notice) -> Sequence[Attempt]:
    """List what was tried since somebody had it sent; the first time there is nothing to look up."""
    if notice.attempts == notice.tried_before:
        return ()
    return [each for each in unit.outbox.attempts(notice.notice_id) if each.number > notice.tried_before]


def aim_anew(unit: Unit, notice: Notice, now: datetime) -> Notice:
    """Return the notice aimed at the first account that it can go to, if there is one."""
    first = target(unit, notice if notice.is_bound else replace(notice, account_id=AccountId("")))
    return notices.aimed(notice, first, now) if first else notice


def elsewhere(unit: Unit, notice: Notice, why: str, now: datetime) -> Notice:
    """Return the notice aimed at the next account after an attempt was refused for good, or failed if there is none."""
    following = target(unit, notice)
    return notices.failed(notice, why, now) if following is None else notices.aimed(notice, following, now)
