"""Erasing what an app wrote to a person, and not sending what is still open, once its site has them forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.model.ids import AppId
from core.model.people.person import Account
from core.model.sending import outbox_message
from core.model.sending.outbox_message import OutboxMessage
from core.ports.store import Unit
from core.sending.settlement import Settlement

AT_ONCE: Final = 100
"""How many messages are erased in one transaction: a few milliseconds, so that no other unit waits long."""


def erase_messages(unit: Unit, settlement: Settlement, app_id: AppId, account: Account, now: datetime) -> int:
    """Erase the texts of the app's messages to the account, ``AT_ONCE`` at most, and return how many.

    What is still to be sent is cancelled; what a messenger is being told just now may still come. Messages by phone
    are the person's, who may be subscribed by another messenger too: they go with the last of the subscriptions.
    """
    messages = [*unit.outbox.with_text(app_id, account.account_id, AT_ONCE, is_bound=True)]
    for each in _accounts_without(unit, app_id, account):
        messages += unit.outbox.with_text(app_id, each.account_id, AT_ONCE - len(messages), is_bound=False)
    for message in messages:
        if message.state in outbox_message.OPEN:
            _cancel(unit, settlement, message, now)
        unit.outbox.erase_content(message.message_id)
    return len(messages)


def _accounts_without(unit: Unit, app_id: AppId, account: Account) -> Sequence[Account]:
    """List the person's accounts if the app may write to none of the others; or else none."""
    mine = unit.people.accounts_of(account.person_id)
    others = [
        unit.subscriptions.find(app_id, each.account_id) for each in mine if each.account_id != account.account_id
    ]
    return () if any(each is not None and each.is_alive for each in others) else mine


def _cancel(unit: Unit, settlement: Settlement, message: OutboxMessage, now: datetime) -> None:
    after = outbox_message.cancelled(message, now)
    unit.outbox.swap(message, after)
    settlement.settled(unit, message, after, now)
