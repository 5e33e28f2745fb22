"""At which of a person's accounts a message is aimed: when it is accepted, when it is sent, and when one refuses it.

One account is chosen by ``choose``, whatever asks: the submission for the first time, a lane before each attempt and
after a refusal for good, a receipt that says that a message was not brought, and a replay.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.model.apps.app import App
from core.model.ids import AccountId, PersonId
from core.model.messages.receipt import Receipt, Stage
from core.model.people.person import Account, MessengerName
from core.model.sending import outbox_message
from core.model.sending.outbox_message import NOT_PERMITTED, UNSUBSCRIBED, Attempt, MessageState, OutboxMessage, Outcome
from core.ports.store import Unit

_NO_USE: Final = frozenset({Outcome.UNREACHABLE, Outcome.REFUSED})
"""How an attempt ends that another one by the same account would end in too."""
_LATE_TRIES: Final = 2
"""What came too late as free words may still come in another form, once."""
_NONE: Final[frozenset[AccountId]] = frozenset()


def choose(
    unit: Unit,
    app: App,
    person_id: PersonId,
    preferred: AccountId | MessengerName | None = None,
    spent: frozenset[AccountId] = _NONE,
) -> Account | None:
    """Return the person's account that a message of the app goes to; ``None`` if there is none.

    That is the ``preferred`` one, or one of the preferred messenger, if the app may write to it; else the first in the
    app's order of bots, or the one that last took a message if the app wants that. What is ``spent`` was tried without
    success.
    """
    left = [account for account in _candidates(unit, app, person_id) if account.account_id not in spent]
    wanted = (account for account in left if preferred in {account.account_id, account.messenger})
    return next(wanted, next(iter(left), None))


def target(unit: Unit, message: OutboxMessage) -> Account | None:
    """Return the account to send a message to: the one it is aimed at if the app may still write to it, or the next.

    A message that is bound to its account has no next one. ``None`` if no account is left.
    """
    app = unit.apps.by_id(message.app_id)
    if app is None:
        return None
    spent = _spent(unit, message)
    if not message.is_bound:
        return choose(unit, app, message.person_id, message.account_id, spent)
    bound = unit.people.account_by_id(message.account_id)
    is_free = bound is not None and bound.account_id not in spent
    return bound if bound and is_free and _may_write_to(unit, app, bound, message.permission) else None


def why_without_account(unit: Unit, message: OutboxMessage) -> str:
    """Return why no account is left to send to: a living subscription may lack the permission that is needed."""
    subscription = unit.subscriptions.find(message.app_id, message.account_id) if message.is_bound else None
    is_alive = subscription is not None and subscription.is_alive
    return NOT_PERMITTED if subscription and is_alive and not subscription.permits(message.permission) else UNSUBSCRIBED


def is_late(unit: Unit, message: OutboxMessage) -> bool:
    """Tell whether free words were sent to the account already and came too late."""
    tried = _tried(unit, message)
    return any(each.outcome is Outcome.LATE and each.account_id == message.account_id for each in tried)


def after_refusal(unit: Unit, message: OutboxMessage, why: str, now: datetime) -> OutboxMessage:
    """Return a message that was refused for good: aimed at the person's next account, or failed if there is none."""
    following = target(unit, message)
    return (
        outbox_message.failed(message, why, now) if following is None else outbox_message.aimed(message, following, now)
    )


def after_receipt(unit: Unit, message: OutboxMessage, receipt: Receipt, now: datetime) -> OutboxMessage:
    """Return a message as far as its messenger says it came; one that was not brought goes on to the next account.

    A one-time code does not: its text is gone once it was sent.
    """
    after = outbox_message.told_of(message, receipt)
    if after == message or after.state is not MessageState.FAILED or not message.content or now >= message.expires_at:
        return after
    outcome = Outcome.LATE if receipt.stage is Stage.TOO_LATE else Outcome.REFUSED
    for last in unit.outbox.attempts(message.message_id)[-1:]:
        unit.outbox.put_attempt(replace(last, outcome=outcome, why=receipt.why))
    following = target(unit, message)
    return after if following is None else outbox_message.aimed(outbox_message.unsettled(message), following, now)


def aim_anew(unit: Unit, message: OutboxMessage, now: datetime) -> OutboxMessage:
    """Return a message that is sent once more aimed at the first account that it can go to, if there is one."""
    first = target(unit, message if message.is_bound else replace(message, account_id=AccountId("")))
    return outbox_message.aimed(message, first, now) if first else message


def _candidates(unit: Unit, app: App, person_id: PersonId) -> Sequence[Account]:
    """List the person's accounts that the app may write to and that can be reached, in the order of preference."""
    order = {bot: place for place, bot in enumerate(app.bots)}
    mine = [account for account in unit.people.accounts_of(person_id) if _may_write_to(unit, app, account)]
    last = unit.lanes.last_taken(app.app_id, person_id) if app.last_successful_first else None
    return sorted(mine, key=lambda each: (each.account_id != last, order[each.bot], each.account_id))


def _may_write_to(unit: Unit, app: App, account: Account, permission: str | None = None) -> bool:
    """Tell whether the account can be reached by a bot of the app's, and its person lets the app write to it."""
    if account.bot not in app.bots or not account.reachable:
        return False
    subscription = unit.subscriptions.find(app.app_id, account.account_id)
    return subscription is not None and subscription.is_alive and subscription.permits(permission)


def _spent(unit: Unit, message: OutboxMessage) -> frozenset[AccountId]:
    """Return the accounts by which the message need not be tried again."""
    tried = _tried(unit, message)
    late = Counter(each.account_id for each in tried if each.outcome is Outcome.LATE)
    no_use = [each.account_id for each in tried if each.outcome in _NO_USE]
    return frozenset(no_use) | {account_id for account_id, times in late.items() if times >= _LATE_TRIES}


def _tried(unit: Unit, message: OutboxMessage) -> Sequence[Attempt]:
    """List the attempts since the message was sent anew; before the first one there is nothing to look up."""
    if message.attempts == message.tried_before:
        return ()
    return [each for each in unit.outbox.attempts(message.message_id) if each.number > message.tried_before]
