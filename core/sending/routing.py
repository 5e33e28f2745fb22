"""At which of a person's accounts a message is aimed, and what is done where there is none any more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.model.ids import AccountId
from core.model.messages.receipt import Receipt, Stage
from core.model.people.person import Account
from core.model.sending import outbox_message
from core.model.sending.outbox_message import GONE, NOT_PERMITTED, Attempt, MessageState, OutboxMessage, Outcome
from core.ports.store import Unit
from core.sending.submission import candidates, may_write_to

_NO_USE: Final = frozenset({Outcome.UNREACHABLE, Outcome.REFUSED})
"""How an attempt ends that another one by the same account would end in too."""
_LATE_TRIES: Final = 2
"""What came too late as free words may still come in another form, once."""


def target(unit: Unit, message: OutboxMessage) -> Account | None:
    """Return the account to send to: the one it is aimed at, if the app may still write to it, or else the next."""
    app = unit.apps.by_id(message.app_id)
    if app is None:
        return None
    spent = _spent(unit, message)
    if message.is_bound:
        bound = unit.people.account_by_id(message.account_id)
        is_free = bound is not None and bound.account_id not in spent
        return bound if bound and is_free and may_write_to(unit, app, bound, message.permission) else None
    left = [account for account in candidates(unit, app, message.person_id) if account.account_id not in spent]
    return next((account for account in left if account.account_id == message.account_id), next(iter(left), None))


def why_nobody(unit: Unit, message: OutboxMessage) -> str:
    """Return why nobody is left to send to: who is subscribed still may have withdrawn the permission that it needs."""
    subscription = unit.subscriptions.find(message.app_id, message.account_id) if message.is_bound else None
    is_alive = subscription is not None and subscription.is_alive
    return NOT_PERMITTED if subscription and is_alive and not subscription.permits(message.permission) else GONE


def _spent(unit: Unit, message: OutboxMessage) -> frozenset[AccountId]:
    """Return the accounts by which it need not be tried again."""
    tried = _tried(unit, message)
    late = Counter(each.account_id for each in tried if each.outcome is Outcome.LATE)
    no_use = [each.account_id for each in tried if each.outcome in _NO_USE]
    return frozenset(no_use) | {account_id for account_id, times in late.items() if times >= _LATE_TRIES}


def is_late(unit: Unit, message: OutboxMessage) -> bool:
    """Tell whether the account it is aimed at was sent it already, and free words came too late."""
    tried = _tried(unit, message)
    return any(each.outcome is Outcome.LATE and each.account_id == message.account_id for each in tried)


def as_told(unit: Unit, message: OutboxMessage, receipt: Receipt, now: datetime) -> OutboxMessage:
    """Return a message as far as its messenger says it came; one that it did not bring goes on to the next account.

    A one-time code does not: its text is gone once it was sent.
    """
    told = outbox_message.told_of(message, receipt)
    if told == message or told.state is not MessageState.FAILED or not message.content or now >= message.expires_at:
        return told
    outcome = Outcome.LATE if receipt.stage is Stage.TOO_LATE else Outcome.REFUSED
    for last in unit.outbox.attempts(message.message_id)[-1:]:
        unit.outbox.put_attempt(replace(last, outcome=outcome, why=receipt.why))
    following = target(unit, message)
    return told if following is None else outbox_message.aimed(outbox_message.unsettled(message), following, now)


def _tried(unit: Unit, message: OutboxMessage) -> Sequence[Attempt]:
    """List what was tried since somebody had it sent; the first time there is nothing to look up."""
    if message.attempts == message.tried_before:
        return ()
    return [each for each in unit.outbox.attempts(message.message_id) if each.number > message.tried_before]


def aim_anew(unit: Unit, message: OutboxMessage, now: datetime) -> OutboxMessage:
    """Return the message aimed at the first account that it can go to, if there is one."""
    first = target(unit, message if message.is_bound else replace(message, account_id=AccountId("")))
    return outbox_message.aimed(message, first, now) if first else message


def elsewhere(unit: Unit, message: OutboxMessage, why: str, now: datetime) -> OutboxMessage:
    """Return the message aimed at the next account after a refusal for good, or failed if there is none."""
    following = target(unit, message)
    return (
        outbox_message.failed(message, why, now) if following is None else outbox_message.aimed(message, following, now)
    )
