"""A message that recurs goes to its audience in chunks: who was subscribed when the run began, as they are now.

The run's row remembers up to which account it came, and moves in the transaction that posts: a daemon that was killed
goes on there.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.errors import Invalid
from core.later.recurring import open_recurring
from core.later.worker import PUT_OFF, Deferral
from core.model.apps.app import App
from core.model.calendar.recurrence import next_run
from core.model.ids import AccountId
from core.model.later.recurring import Recurring, Run, advanced, begun, over, put_off
from core.model.messages.template import Draft
from core.model.sending.outbox_message import Cause, CauseKind, Priority
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import owner
from core.ports.store import Unit
from core.seal import SealBrokenError
from core.sending.outbox import LIFETIME, Outbox, OutboxEntry
from core.sending.personalization import personal
from core.webhooks.publisher import Event, Publisher

logger = logging.getLogger(__name__)

CHUNK: Final = 50
"""How many are looked at in one transaction: some milliseconds."""
_BAD_ONES: Final = 3
"""So many recipients of a chunk are skipped if posting to them fails; if it fails with more, it is the message."""


@dataclass(frozen=True, slots=True)
class _Send:
    """What all recipients of a chunk have in common, worked out once."""

    app: App
    recurring: Recurring
    draft: Draft
    lifetime: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringJob:
    """The job that posts recurring messages, one chunk a step."""

    outbox: Outbox
    publisher: Publisher

    def first_due(self, unit: Unit, now: datetime) -> datetime | None:
        """Return when the next run begins or goes on; ``None`` if there is none."""
        return unit.recurring.first_due(now)

    def step(self, unit: Unit, now: datetime, deferral: Deferral) -> None:
        """Post a chunk of the message that is due first."""
        recurring = unit.recurring.due(now)
        if recurring is not None:
            self._go_on(unit, recurring, now, deferral, frozenset())

    def _go_on(
        self, unit: Unit, before: Recurring, now: datetime, deferral: Deferral, without: frozenset[AccountId]
    ) -> None:
        """Post a chunk, ``without`` the accounts to which posting failed, unless the message was changed meanwhile."""
        deferral.put_off = whole = partial(_put_off, recurring=before, now=now)
        if unit.recurring.by_id(before.recurring_id) != before:
            return
        recurring = begun(before, now)
        app, draft = unit.apps.by_id(recurring.app_id), self._draft(recurring)
        if app is None or not app.enabled or draft is None or recurring.run is None:
            unit.recurring.put(over(recurring, now))
            return
        run = recurring.run
        ids = unit.recurring.accounts_after(recurring.app_id, run.began_at, run.after, CHUNK)
        send = _Send(app, recurring, draft, _lifetime(recurring, now))
        outcomes: list[bool | None] = []
        for account_id in ids:
            if len(without) < _BAD_ONES:
                deferral.put_off = partial(
                    self._go_on, before=before, now=now, deferral=deferral, without=without | {account_id}
                )
            outcomes.append(account_id not in without and self._post(unit, send, account_id, now))
        deferral.put_off = whole
        after = advanced(recurring, ids[-1], outcomes.count(True), outcomes.count(False)) if ids else recurring
        if len(ids) < CHUNK:
            self._publish_sent(unit, after, now)
            after = over(after, now)
        unit.recurring.put(after)

    def _draft(self, recurring: Recurring) -> Draft | None:
        try:
            return open_recurring(self.outbox.seal, recurring)
        except SealBrokenError:
            logger.exception("a recurring message cannot be read", extra={"recurring_id": recurring.recurring_id})
            return None

    def _post(self, unit: Unit, send: _Send, account_id: AccountId, now: datetime) -> bool | None:
        """Return whether the account gets the message; ``None`` if it is not of the audience."""
        app, recurring = send.app, send.recurring
        subscription = unit.subscriptions.find(app.app_id, account_id)
        account = owner(unit, account_id)
        if subscription is None or not recurring.audience.has(subscription, account):
            return None
        try:
            content = personal(unit, self.outbox.seal, send.draft, subscription, account)
        except (Invalid, SealBrokenError) as trouble:
            fields = {"recurring_id": recurring.recurring_id, "subscription_id": subscription.subscription_id}
            logger.warning("a recurring message does not fit somebody", extra={**fields, "why": str(trouble)})
            return False
        entry = OutboxEntry(
            content=content,
            not_before=now,
            lifetime=send.lifetime,
            priority=Priority.BROADCAST,
            cause=Cause(CauseKind.RECURRING, recurring.recurring_id),
            permission=recurring.audience.permission,
        )
        return self.outbox.to_subscriber(unit, app, subscription, entry, now).message_id is not None

    def _publish_sent(self, unit: Unit, recurring: Recurring, now: datetime) -> None:
        """Tell the site that a run is through, and to how many it went."""
        run = recurring.run or Run(now)
        data = {
            "recurring_id": recurring.recurring_id,
            "name": recurring.name,
            "accepted": run.accepted,
            "skipped": run.skipped,
        }
        self.publisher.publish(unit, recurring.app_id, now, Event(WebhookEvent.RECURRING_SENT, data))


def _lifetime(recurring: Recurring, now: datetime) -> timedelta:
    """Return how long its messages are worth sending: until the next one comes. Rare times take long to find."""
    return min(LIFETIME, next_run(recurring.rhythm, recurring.created_at, now) - now)


def _put_off(unit: Unit, recurring: Recurring, now: datetime) -> None:
    """Try again later, unless it was changed meanwhile."""
    if unit.recurring.by_id(recurring.recurring_id) == recurring:
        unit.recurring.put(put_off(recurring, now, now + PUT_OFF))
