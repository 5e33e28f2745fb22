"""Messages whose time has come go to the outbox, each in the transaction in which its row says so."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from core.errors import Invalid
from core.later.scheduled import open_scheduled
from core.later.worker import PUT_OFF, Deferral
from core.model.later.scheduled import Scheduled, failed, posted
from core.model.people.person import Account
from core.model.sending.outbox_message import UNSUBSCRIBED, Cause, CauseKind
from core.model.subscribers.subscription import Subscription
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import owner
from core.ports.store import Unit
from core.seal import SealBrokenError
from core.sending.outbox import Outbox, OutboxEntry
from core.sending.personalization import personal
from core.webhooks.publisher import Publisher, event_of

_CHUNK: Final = 20
"""How many are posted in one transaction: some milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledJob:
    """The job that posts messages for later; each fails for itself."""

    outbox: Outbox
    publisher: Publisher

    def first_due(self, unit: Unit, now: datetime) -> datetime | None:  # noqa: ARG002 - whatever the clock says
        """Return when the next message is due; ``None`` if none waits."""
        return unit.scheduled.first_due()

    def step(self, unit: Unit, now: datetime, deferral: Deferral) -> None:
        """Post some of the messages that are due."""
        for scheduled in unit.scheduled.due(now, _CHUNK):
            deferral.put_off = partial(_put_off, scheduled=scheduled, until=now + PUT_OFF)
            unit.scheduled.put(self._post(unit, scheduled, now))
        deferral.put_off = None

    def _post(self, unit: Unit, scheduled: Scheduled, now: datetime) -> Scheduled:
        """Return a message as it is after its time has come: posted, or failed."""
        subscription = unit.subscriptions.by_id(scheduled.subscription_id)
        if subscription is None:
            return failed(scheduled, "unsubscribed", now)
        account = owner(unit, subscription.account_id)
        outcome = self._send(unit, scheduled, subscription, account, now)
        if isinstance(outcome, Scheduled):
            return outcome
        fields = {"scheduled_id": scheduled.scheduled_id, "delivery_id": None, "status": "failed", "reason": outcome}
        self.publisher.publish(
            unit, scheduled.app_id, now, event_of(WebhookEvent.SCHEDULED_FAILED, subscription, account, fields)
        )
        return failed(scheduled, outcome, now)

    def _send(
        self, unit: Unit, scheduled: Scheduled, subscription: Subscription, account: Account, now: datetime
    ) -> Scheduled | str:
        """Put a message into the outbox and return it as posted; or return why that cannot be."""
        app = unit.apps.by_id(scheduled.app_id)
        if app is None or not app.enabled:
            return "project_inactive"
        if not subscription.is_alive:
            return UNSUBSCRIBED
        try:
            _, draft = open_scheduled(self.outbox.seal, scheduled)
            content = personal(unit, self.outbox.seal, draft, subscription, account)
        except (Invalid, SealBrokenError) as trouble:
            return str(trouble)
        entry = OutboxEntry(
            content=content,
            not_before=scheduled.scheduled_at,
            cause=Cause(CauseKind.SCHEDULED, scheduled.scheduled_id),
        )
        accepted = self.outbox.to_subscriber(unit, app, subscription, entry, now)
        return posted(scheduled, accepted.message_id) if accepted.message_id else accepted.why_not


def _put_off(unit: Unit, scheduled: Scheduled, until: datetime) -> None:
    """Try again later, unless it was changed meanwhile."""
    if unit.scheduled.by_id(scheduled.scheduled_id) == scheduled:
        unit.scheduled.put(replace(scheduled, next_at=until))
