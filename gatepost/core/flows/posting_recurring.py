"""A message that recurs goes to its audience in chunks: who was subscribed when the run began, as they are now.

The run's row remembers up to whom it came, and moves in the transaction that posts: whoever is killed goes on there.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gatepost.core.errors import Invalid
from gatepost.core.flows.mailing import LIFETIME, Letter, Mailing
from gatepost.core.flows.personal import personal
from gatepost.core.flows.repeating import open_recurring
from gatepost.core.flows.subscriptions import owner
from gatepost.core.flows.telling import News, Teller
from gatepost.core.model.app import App
from gatepost.core.model.draft import Draft
from gatepost.core.model.ids import AccountId
from gatepost.core.model.notice import Cause, CauseKind, Priority
from gatepost.core.model.recurring import Recurring, Run, begun, moved, over
from gatepost.core.model.rhythm import next_run
from gatepost.core.model.webhook import WebhookEvent
from gatepost.core.ports import Unit
from gatepost.core.seal import SealBrokenError

logger = logging.getLogger(__name__)

CHUNK: Final = 50
"""How many are looked at in one transaction: some milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRecurring:
    """The chore."""

    mailing: Mailing
    teller: Teller

    def first_due(self, unit: Unit) -> datetime | None:
        """Return when there is something to do."""
        return unit.recurring.first_due()

    def step(self, unit: Unit, now: datetime) -> None:
        """Post a chunk of what is due."""
        found = unit.recurring.due(now)
        if found is None:
            return
        recurring = begun(found, now)
        app, draft = unit.apps.by_id(recurring.app_id), self._draft(recurring)
        if app is None or not app.enabled or draft is None or recurring.run is None:
            unit.recurring.put(over(recurring, now))
            return
        run = recurring.run
        ids = unit.recurring.accounts_after(recurring.app_id, run.began_at, run.after, CHUNK)
        outcomes = [self._post(unit, app, recurring, draft, account_id, now) for account_id in ids]
        after = moved(recurring, ids[-1], outcomes.count(True), outcomes.count(False)) if ids else recurring
        if len(ids) < CHUNK:
            self._tell(unit, after, now)
            after = over(after, now)
        unit.recurring.put(after)

    def _draft(self, recurring: Recurring) -> Draft | None:
        try:
            return open_recurring(self.mailing.seal, recurring)
        except SealBrokenError:
            logger.exception("a recurring message cannot be read", extra={"recurring_id": recurring.recurring_id})
            return None

    def _post(  # noqa: PLR0913, PLR0917 - what, of whose, to whom, and when
        self, unit: Unit, app: App, recurring: Recurring, draft: Draft, account_id: AccountId, now: datetime
    ) -> bool | None:
        """Return whether somebody gets it; ``None`` if they are not meant."""
        subscription = unit.subscriptions.find(app.app_id, account_id)
        account = owner(unit, account_id)
        if subscription is None or not recurring.audience.has(subscription, account):
            return None
        try:
            content = personal(unit, self.mailing.seal, draft, subscription, account)
        except (Invalid, SealBrokenError) as trouble:
            fields = {"recurring_id": recurring.recurring_id, "subscription_id": subscription.subscription_id}
            logger.warning("a recurring message does not fit somebody", extra={**fields, "why": str(trouble)})
            return False
        letter = Letter(
            content=content,
            not_before=now,
            lifetime=min(LIFETIME, next_run(recurring.rhythm, recurring.created_at, now) - now),
            priority=Priority.BROADCAST,
            cause=Cause(CauseKind.RECURRING, recurring.recurring_id),
            permission=recurring.audience.permission,
        )
        return self.mailing.to_subscriber(unit, app, subscription, letter, now).notice_id is not None

    def _tell(self, unit: Unit, recurring: Recurring, now: datetime) -> None:
        run = recurring.run or Run(now)
        told = {
            "recurring_id": recurring.recurring_id,
            "name": recurring.name,
            "accepted": run.accepted,
            "skipped": run.skipped,
        }
        self.teller.tell(unit, recurring.app_id, now, News(WebhookEvent.RECURRING_SENT, told))
