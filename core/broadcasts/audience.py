"""Fixing whom a broadcast goes to: a stretch of the app's subscribers at a time, so that logins do not wait."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.broadcasts.broadcast import (
    RECIPIENTS_LIMIT,
    AudienceProgress,
    Broadcast,
    BroadcastAudience,
    SubscriberPosition,
)
from core.model.ids import AppId, SubscriptionId
from core.model.subscribers.subscription import Subscription
from core.people.names import known_names
from core.ports.store import Store, Unit
from core.seal import Seal

STRETCH: Final = 500
"""How many subscribers are looked at in one unit of work: a few milliseconds."""


async def count(store: Store, app_id: AppId, audience: BroadcastAudience) -> tuple[int, SubscriberPosition | None]:
    """Return how many subscribers are in the audience now, and the last one's position; ``None`` if there is none.

    Raises ``Invalid`` if they are too many.
    """
    last = await store.read(lambda unit: unit.broadcasts.newest(app_id))
    total = 0
    behind: SubscriberPosition | None = None
    while last is not None and behind != last:
        count_in_stretch, behind = await store.read(partial(_count_some, app_id, audience, behind, last))
        total += count_in_stretch
        if total > RECIPIENTS_LIMIT:
            raise Invalid("tags", Wrong.TOO_MANY_RECIPIENTS, most=RECIPIENTS_LIMIT)
        await asyncio.sleep(0)  # a read does not suspend, and other tasks are to have their turn
    return total, last


def _count_some(
    app_id: AppId, audience: BroadcastAudience, behind: SubscriberPosition | None, last: SubscriberPosition, unit: Unit
) -> tuple[int, SubscriberPosition]:
    end = _end(unit, app_id, behind, last)
    return unit.broadcasts.count(app_id, audience, behind, end), end


async def examples(store: Store, seal: Seal, app_id: AppId, audience: BroadcastAudience) -> Sequence[SubscriptionId]:
    """Return one of the audience whose first name is known, and one whose is not, as far as there are such."""
    last = await store.read(lambda unit: unit.broadcasts.newest(app_id))
    found: dict[bool, SubscriptionId] = {}
    behind: SubscriberPosition | None = None
    while last is not None and behind != last and len(found) < len((True, False)):
        few, behind = await store.read(partial(_few_of, app_id, audience, behind, last))
        for subscription in few:
            is_known = bool(known_names(subscription, seal).first_name.strip())
            found.setdefault(is_known, subscription.subscription_id)
        await asyncio.sleep(0)  # as above
    return [found[is_named] for is_named in (True, False) if is_named in found]


def _few_of(
    app_id: AppId, audience: BroadcastAudience, behind: SubscriberPosition | None, last: SubscriberPosition, unit: Unit
) -> tuple[Sequence[Subscription], SubscriberPosition]:
    """Return a few of a stretch, some without names that are kept and some with, and where the stretch ends."""
    end = _end(unit, app_id, behind, last)
    ids = [
        each
        for has_names in (False, True)
        for each in unit.broadcasts.some_of(app_id, audience, behind, end, has_names=has_names)
    ]
    found = [unit.subscriptions.by_id(subscription_id) for subscription_id in ids]
    return [subscription for subscription in found if subscription is not None], end


def invite_some(unit: Unit, job: Broadcast, progress: AudienceProgress) -> Broadcast:
    """Make the next few of the audience recipients, and return the broadcast; after the last ones its total is right.

    An audience that has outgrown ``RECIPIENTS_LIMIT`` since it was counted is cut there.
    """
    end = _end(unit, job.app_id, progress.behind, progress.last)
    room = RECIPIENTS_LIMIT - progress.invited
    invited = progress.invited + unit.broadcasts.invite(job, progress, end, room)
    if end == progress.last or invited == RECIPIENTS_LIMIT:
        after = replace(job, total=invited, invitation=None)
    else:
        after = replace(job, invitation=replace(progress, behind=end, invited=invited))
    unit.broadcasts.put(after)
    return after


def _end(unit: Unit, app_id: AppId, behind: SubscriberPosition | None, last: SubscriberPosition) -> SubscriberPosition:
    end = unit.broadcasts.stretch(app_id, behind, STRETCH)
    return last if end is None else min(end, last)
