"""What happens to subscribers begins chains of messages, and ends them, in the transaction in which it happens.

``drip_job`` sends the messages.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.model.later.drip import Chain, Trigger, enrolled
from core.model.subscribers.subscription import Subscription
from core.ports.store import Unit

TICKS: Final = b"ticks"
"""The bell of the worker that sends what is due."""
_Cause = tuple[Trigger, str]
"""A trigger, and the tag, permission or event that it waits for."""


@dataclass(frozen=True, slots=True)
class Enrolments:
    """The story of who enters a chain of messages, and leaves it before its end."""

    def subscription_changed(self, unit: Unit, before: Subscription | None, after: Subscription, now: datetime) -> None:
        """Begin the chains that a change of a subscription begins; end those whose tag or permission it took.

        ``before`` is ``None`` when the subscription begins: a subscriber who comes back with tags of before gains them
        anew. Chains of a tag that is gained again begin from the start. A subscription that is over leaves all.
        """
        if not after.is_alive:
            unit.drips.leave_all(after.subscription_id)
            return
        had, has = _causes_of(before) if before else set(), _causes_of(after)
        gained, lost = has - had, had - has
        if before is None:
            gained |= {(Trigger.SUBSCRIPTION, "")}
        for trigger, value in lost:
            for chain in unit.drips.begun_by(after.app_id, trigger, value):
                unit.drips.leave(chain.chain_id, after.subscription_id)
        for trigger, value in gained:
            for chain in unit.drips.begun_by(after.app_id, trigger, value):
                _begin(unit, chain, after, now)

    def event_happened(
        self, unit: Unit, subscription: Subscription, event: str, now: datetime, *, is_test: bool
    ) -> int:
        """Begin the chains of an event of the site's, and return how many; a subscriber in one already stays there."""
        unit.guard(f"enrolments of {subscription.subscription_id}")
        count = 0
        for chain in unit.drips.begun_by(subscription.app_id, Trigger.EVENT, event):
            if unit.drips.enrolment(chain.chain_id, subscription.subscription_id, is_test=is_test) is None:
                _begin(unit, chain, subscription, now, is_test=is_test)
                count += 1
        return count


def _begin(unit: Unit, chain: Chain, subscription: Subscription, now: datetime, *, is_test: bool = False) -> None:
    unit.drips.put_enrolment(enrolled(chain, subscription.subscription_id, now, is_test=is_test))
    unit.ring(TICKS)


def _causes_of(subscription: Subscription) -> set[_Cause]:
    tags = {(Trigger.SEGMENT, tag) for tag in subscription.tags}
    return tags | {(Trigger.PERMISSION, key) for key in subscription.permissions}
