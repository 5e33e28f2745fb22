"""Settling: how an attempt ended is kept, with all that follows from it, in one unit of work.

Functions of a ``Unit``, which know no lane; a unit may be run again, and finds the same.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from core.lanes.attempts import AttemptResult, Halt, NextAccount, Retry, Sent
from core.lanes.leases import LeasedMessage
from core.model.sending import outbox_message
from core.model.sending.outbox_message import OutboxMessage, Outcome
from core.ports.store import Unit
from core.sending.outbox import OUTBOX, bell_of
from core.sending.routing import after_receipt, after_refusal
from core.sending.settlement import Settlement


def settle(
    unit: Unit, settlement: Settlement, leased: LeasedMessage, result: AttemptResult, now: datetime
) -> OutboxMessage:
    """Keep how an attempt ended and tell its site; return the message as it stands now.

    A message that was changed since it was leased stays as it is.
    """
    _keep_attempt(unit, leased, result)
    if result.outcome is Outcome.UNREACHABLE:
        _note_unreachable(unit, leased)
    after = _after(unit, leased.message, result)
    if unit.outbox.swap(leased.message, after):
        settlement.settled(unit, leased.message, after, now)
    if after.next_at is not None:
        unit.ring(OUTBOX)
    return after


def settle_barely(unit: Unit, leased: LeasedMessage, result: AttemptResult) -> OutboxMessage:
    """Keep what happened and nothing that follows from it, where a bug forbids the rest; a refusal fails the message.

    What was sent must not be sent again because its site cannot be told.
    """
    _keep_attempt(unit, leased, result)
    after = _bare(leased.message, result)
    unit.outbox.swap(leased.message, after)
    unit.ring(bell_of(after.message_id) if after.next_at is None else OUTBOX)
    return after


def _keep_attempt(unit: Unit, leased: LeasedMessage, result: AttemptResult) -> None:
    unit.outbox.put_attempt(replace(leased.attempt, outcome=result.outcome, why=result.why))


def _after(unit: Unit, message: OutboxMessage, result: AttemptResult) -> OutboxMessage:
    """Return the message after the attempt, as far as the rows tell more of it than the result does."""
    match result.next_step:
        case Sent():
            sent = _bare(message, result)
            # The messenger may have told that it came sooner than we could write that it took it.
            receipt = unit.receipts.by_message(sent.bot, sent.platform_message_id or "")
            return sent if receipt is None else after_receipt(unit, sent, receipt, result.ended_at)
        case NextAccount():
            return after_refusal(unit, message, result.why, result.ended_at)
        case Retry() | Halt():
            return _bare(message, result)
        case _:
            assert_never(result.next_step)


def _bare(message: OutboxMessage, result: AttemptResult) -> OutboxMessage:
    """Return the message after the attempt, by what the result alone tells."""
    match result.next_step:
        case Sent(platform_message_id):
            return outbox_message.sent(message, platform_message_id, result.ended_at)
        case Retry(at):
            return outbox_message.postponed(message, at)
        case Halt():
            return outbox_message.unsure(message, result.why, result.ended_at)
        case NextAccount():
            return outbox_message.failed(message, result.why, result.ended_at)
        case _:
            assert_never(result.next_step)


def _note_unreachable(unit: Unit, leased: LeasedMessage) -> None:
    """Note that the messenger brings this person nothing, unless they have spoken since."""
    account = unit.people.account_by_id(leased.account.account_id)
    if account is not None and account.reachable and account.spoke_at == leased.account.spoke_at:
        unit.people.put_account(replace(account, reachable=False, reachable_since=leased.attempt.began_at))
