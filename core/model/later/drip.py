"""Drip chains: messages in steps, begun by what happens to a subscriber (``projects-api`` section 9).

An enrolment is one subscriber's way through a chain. Times are counted from when it began, in minutes. Nothing is sent
here: ``core.later.drip_job`` posts a step when it is due.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import AppId, ChainId, SubscriptionId
from core.model.messages.content import Rows, media_from_json, media_to_json, rows_from_json, rows_to_json
from core.model.messages.message import Media
from core.model.messages.template import Draft, Format, Template
from core.model.subscribers.subscription import Subscription

CHAINS_LIMIT: Final = 50
"""How many chains a project may have."""
STEPS_LIMIT: Final = 50
DELAY_LIMIT: Final = 525_600
"""The longest delay of a step, in minutes: a year."""
LATE: Final = timedelta(minutes=10)
"""A step that could not be sent for so long was missed; before that it is only late."""
_EVENT: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class Trigger(StrEnum):
    """What begins a chain: a person subscribes, gains a tag, gains a permission, or does what the site says."""

    SUBSCRIPTION = "subscription"
    SEGMENT = "segment"
    PERMISSION = "permission"
    EVENT = "event"


class CatchUp(StrEnum):
    """What is done about steps that were missed: the chain goes on later as a whole, or without them."""

    FROM_START = "from_start"
    SKIP_PAST = "skip_past"


@dataclass(frozen=True, slots=True)
class Step:
    """One message, ``delay_minutes`` after the chain began: a ``text`` with a format, or what a template says then."""

    delay_minutes: int
    text: str = ""
    format: Format = Format.PLAIN
    template: str | None = None
    media: Media | None = None
    buttons: Rows = ()

    def draft(self, template: Template | None) -> Draft:
        """Return what the step says: its own text, or that of ``template``, which is the one that it names."""
        if template is None:
            return Draft(self.text, self.format, self.media, self.buttons)
        return Draft(template.text, template.format, self.media, self.buttons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain; ``steps`` are sealed, and ``delays`` are theirs. ``value`` is the tag, permission or event."""

    chain_id: ChainId
    app_id: AppId
    name: str
    trigger: Trigger
    value: str
    catch_up: CatchUp
    steps: bytes = field(repr=False)
    delays: tuple[int, ...]
    created_at: datetime

    def still_has(self, subscription: Subscription) -> bool:
        """Tell whether a subscriber stays in the chain: they still have the tag or permission that began it."""
        match self.trigger:
            case Trigger.SEGMENT:
                return self.value in subscription.tags
            case Trigger.PERMISSION:
                return self.value in subscription.permissions
            case _:
                return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A subscriber's way through a chain since ``began_at``; step number ``step`` (from 0) is next, at ``next_at``."""

    chain_id: ChainId
    subscription_id: SubscriptionId
    is_test: bool
    app_id: AppId
    began_at: datetime
    step: int
    next_at: datetime


def enrolled(chain: Chain, subscription_id: SubscriptionId, now: datetime, *, is_test: bool) -> Enrolment:
    """Return the enrolment of a subscriber whose chain begins now, at its first step."""
    return Enrolment(
        chain_id=chain.chain_id,
        subscription_id=subscription_id,
        is_test=is_test,
        app_id=chain.app_id,
        began_at=now,
        step=0,
        next_at=_due(now, chain, 0),
    )


def caught_up(enrolment: Enrolment, chain: Chain, now: datetime) -> Enrolment | None:
    """Return the enrolment as it stands now, when its step is due; ``None`` if all that was left is past.

    What is late by less than ``LATE`` is in time. Otherwise ``from_start`` moves the whole rest of the chain, so that
    the messages keep their distances; ``skip_past`` leaves out what was missed.
    """
    late = now - _due(enrolment.began_at, chain, enrolment.step)
    if late < LATE:
        return enrolment
    if chain.catch_up is CatchUp.FROM_START:
        return replace(enrolment, began_at=enrolment.began_at + late, next_at=now)
    for step in range(enrolment.step, len(chain.delays)):
        due = _due(enrolment.began_at, chain, step)
        if now - due < LATE:
            return replace(enrolment, step=step, next_at=due)
    return None


def moved_on(enrolment: Enrolment, chain: Chain) -> Enrolment | None:
    """Return the enrolment at the step after its own; ``None`` after the last one."""
    step = enrolment.step + 1
    if step >= len(chain.delays):
        return None
    return replace(enrolment, step=step, next_at=_due(enrolment.began_at, chain, step))


def _due(began_at: datetime, chain: Chain, step: int) -> datetime:
    return began_at + timedelta(minutes=chain.delays[step])


def checked_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps in the order of their delays; raise ``Invalid`` for too many, too few, or too long delays."""
    if not 1 <= len(steps) <= STEPS_LIMIT:
        raise Invalid("steps", Wrong.NOT_BETWEEN, least=1, most=STEPS_LIMIT)
    if any(not 0 <= step.delay_minutes <= DELAY_LIMIT for step in steps):
        raise Invalid("delay_minutes", Wrong.NOT_BETWEEN, least=0, most=DELAY_LIMIT)
    return tuple(sorted(steps, key=lambda step: step.delay_minutes))


def checked_event(name: str, field_name: str) -> str:
    """Return the name of an event of a site's; raise ``Invalid`` unless it is 1 to 64 of ``A-Za-z0-9_.:-``."""
    if not _EVENT.fullmatch(name):
        raise Invalid(field_name, Wrong.BAD_EVENT_NAME)
    return name


def steps_to_bytes(steps: Sequence[Step]) -> bytes:
    """Return the steps as the JSON under which they are kept, sealed."""
    fields = [
        [
            each.delay_minutes,
            each.text,
            each.format,
            each.template,
            media_to_json(each.media),
            rows_to_json(each.buttons),
        ]
        for each in steps
    ]
    return json.dumps(fields).encode()


def read_steps(kept: bytes) -> tuple[Step, ...]:
    """Return the steps that ``steps_to_bytes`` wrote."""
    return tuple(
        Step(delay, text, Format(written), template, media_from_json(media), rows_from_json(rows))
        for delay, text, written, template, media, rows in json.loads(kept)
    )
