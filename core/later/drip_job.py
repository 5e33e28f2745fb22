"""The steps of chains that are due go to the outbox, each in the transaction that moves its subscriber on."""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.later.drips import open_steps
from core.later.outcomes import completed, drip_cause
from core.later.worker import PUT_OFF, Deferral
from core.model.apps.app import App
from core.model.ids import AppId, ChainId
from core.model.later.drip import Chain, Enrolment, Step, Trigger, caught_up, moved_on
from core.model.messages.content import Content
from core.model.messages.template import Template
from core.model.people.person import Account
from core.model.sending.outbox_message import Priority
from core.model.subscribers.subscription import Subscription
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import owner
from core.ports.store import Unit
from core.seal import SealBrokenError
from core.sending.outbox import Outbox, OutboxEntry
from core.sending.personalization import personal
from core.webhooks.publisher import Publisher, event_of

logger = logging.getLogger(__name__)

CHUNK: Final = 20
"""How many steps are posted in one transaction: some milliseconds."""
_ASLEEP: Final = timedelta(hours=1)
"""How long the chains of a disabled app are left alone before they are looked at again."""


@dataclass(frozen=True, slots=True)
class _Lookups:
    """What the steps of one transaction have in common, looked up once."""

    chains: dict[ChainId, Chain | None] = field(default_factory=dict)
    steps: dict[ChainId, tuple[Step, ...]] = field(default_factory=dict)
    templates: dict[AppId, dict[str, Template]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A subscriber's step that is due."""

    app: App
    chain: Chain
    enrolment: Enrolment
    subscription: Subscription
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class DripJob:
    """The job that posts the steps of chains; a step that cannot be sent is left out, and its chain goes on."""

    outbox: Outbox
    publisher: Publisher

    def first_due(self, unit: Unit, now: datetime) -> datetime | None:  # noqa: ARG002 - whatever the clock says
        """Return when the next step is due; ``None`` if no subscriber is in a chain."""
        return unit.drips.first_due()

    def step(self, unit: Unit, now: datetime, deferral: Deferral) -> None:
        """Post some of the steps that are due."""
        lookups = _Lookups()
        for enrolment in unit.drips.due(now, CHUNK):
            deferral.put_off = partial(_put_off, enrolment=enrolment, until=now + PUT_OFF)
            self._advance(unit, lookups, enrolment, now)
        deferral.put_off = None

    def _advance(self, unit: Unit, lookups: _Lookups, enrolment: Enrolment, now: datetime) -> None:
        """Post one subscriber's step and move on to the next.

        The enrolment ends if they have left, lost the tag or permission that it began with, or are through.
        """
        chain = lookups.chains.setdefault(enrolment.chain_id, unit.drips.chain(enrolment.chain_id))
        subscription = unit.subscriptions.by_id(enrolment.subscription_id)
        is_over = subscription is None or not subscription.is_alive
        if chain is None or subscription is None or is_over or not chain.still_has(subscription):
            unit.drips.remove_enrolment(enrolment)
            return
        app = unit.apps.by_id(enrolment.app_id)
        if app is None or not app.enabled:
            unit.drips.put_enrolment(replace(enrolment, next_at=now + _ASLEEP))
            return
        current = caught_up(enrolment, chain, now)
        if current is not None and current.next_at > now:
            unit.drips.put_enrolment(current)
            return
        turn = _Turn(app, chain, current or enrolment, subscription, owner(unit, subscription.account_id))
        was_posted = current is not None and self._post(unit, lookups, turn, now)
        following = moved_on(current, chain) if current is not None else None
        if following is not None:
            unit.drips.put_enrolment(following)
            return
        unit.drips.remove_enrolment(enrolment)
        if not was_posted:  # else it is told when the last message has come to its end
            event = event_of(WebhookEvent.DRIP_COMPLETED, subscription, turn.account, is_test=enrolment.is_test)
            self.publisher.publish(unit, app.app_id, now, completed(event, chain.chain_id))

    def _post(self, unit: Unit, lookups: _Lookups, turn: _Turn, now: datetime) -> bool:
        """Put a step into the outbox; return False, and log why, if it is left out."""
        why_not = self._why_not(unit, lookups, turn, now)
        if why_not:
            fields = {"chain_id": turn.chain.chain_id, "step": turn.enrolment.step + 1}
            who = {"subscription_id": turn.enrolment.subscription_id}
            logger.warning("a step of a drip chain is left out", extra={**fields, **who, "why": why_not})
        return not why_not

    def _why_not(self, unit: Unit, lookups: _Lookups, turn: _Turn, now: datetime) -> str:
        """Put a step into the outbox; return why that cannot be, empty if it was done."""
        chain, enrolment = turn.chain, turn.enrolment
        try:
            content = self._content(unit, lookups, turn)
        except (Invalid, SealBrokenError) as trouble:
            return str(trouble)
        entry = OutboxEntry(
            content=content,
            not_before=now,
            priority=Priority.BROADCAST,
            cause=drip_cause(chain.chain_id, enrolment.step + 1, len(chain.delays)),
            permission=chain.value if chain.trigger is Trigger.PERMISSION else None,
            is_test=enrolment.is_test,
        )
        return self.outbox.to_subscriber(unit, turn.app, turn.subscription, entry, now).why_not

    def _content(self, unit: Unit, lookups: _Lookups, turn: _Turn) -> Content:
        """Return the step as its subscriber gets it; raise ``Invalid`` or ``SealBrokenError``."""
        chain = turn.chain
        if chain.chain_id not in lookups.steps:
            lookups.steps[chain.chain_id] = tuple(open_steps(self.outbox.seal, chain))
        step = lookups.steps[chain.chain_id][turn.enrolment.step]
        template = None
        if step.template is not None:
            template = _templates(unit, lookups, chain.app_id).get(step.template)
            if template is None:
                raise Invalid("template", Wrong.TEMPLATE_GONE)
        return personal(unit, self.outbox.seal, step.draft(template), turn.subscription, turn.account)


def _templates(unit: Unit, lookups: _Lookups, app_id: AppId) -> dict[str, Template]:
    if app_id not in lookups.templates:
        lookups.templates[app_id] = {each.key: each for each in unit.apps.templates(app_id)}
    return lookups.templates[app_id]


def _put_off(unit: Unit, enrolment: Enrolment, until: datetime) -> None:
    """Try again later, unless it was changed meanwhile."""
    kept = unit.drips.enrolment(enrolment.chain_id, enrolment.subscription_id, is_test=enrolment.is_test)
    if kept == enrolment:
        unit.drips.put_enrolment(replace(enrolment, next_at=until))
