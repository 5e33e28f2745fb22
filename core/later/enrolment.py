"""What happens to subscribers begins chains of messages, and ends them, in the transaction in which it happens.

``flows.posting_drips`` sends the messages.
"""

from datetime import datetime
from typing import Final

from core.model.later.drip import Chain, Trigger, enrolled
from core.model.subscribers.subscription import Subscription
from core.ports.store import Unit
from core.webhooks.publisher import Publisher

TICKS: Final = b"ticks"
"""The bell of whoever sends what is due, at the ``Publisher``'s bells."""
_What = tuple[Trigger, str]
"""What can begin a chain, and its tag, permission or event."""


def follow_change(
    unit: Unit, publisher: Publisher, before: Subscription | None, after: Subscription, now: datetime
) -> None:
    """Begin the chains that a change of a living subscription begins; end those whose tag or permission it took.

    ``before`` is ``None`` when the subscription begins: whoever comes back with tags of before gains them anew. Whoever
    gains again what they had lost begins from the start. The bell rings before the commit, as the publisher's own does.
    """
    had, has = _having(before) if before else set(), _having(after)
    gained, lost = has - had, had - has
    if before is None:
        gained |= {(Trigger.SUBSCRIPTION, "")}
    for trigger, value in lost:
        for chain in unit.drips.begun_by(after.app_id, trigger, value):
            unit.drips.leave(chain.chain_id, after.subscription_id)
    for trigger, value in gained:
        for chain in unit.drips.begun_by(after.app_id, trigger, value):
            _begin(unit, publisher, chain, after, now)


def follow_event(  # noqa: PLR0913 - to whom what happened, when, and whether really
    unit: Unit, publisher: Publisher, subscription: Subscription, event: str, now: datetime, *, is_test: bool
) -> int:
    """Begin the chains of an event of the site's, and return how many; who is in one already stays as they are."""
    count = 0
    for chain in unit.drips.begun_by(subscription.app_id, Trigger.EVENT, event):
        if unit.drips.enrolment(chain.chain_id, subscription.subscription_id, is_test=is_test) is None:
            _begin(unit, publisher, chain, subscription, now, is_test=is_test)
            count += 1
    return count


def _begin(  # noqa: PLR0913 - whose, which chain, when, and whether really
    unit: Unit, publisher: Publisher, chain: Chain, subscription: Subscription, now: datetime, *, is_test: bool = False
) -> None:
    unit.drips.put_enrolment(enrolled(chain, subscription.subscription_id, now, is_test=is_test))
    publisher.bells.ring(TICKS)


def _having(subscription: Subscription) -> set[_What]:
    tags = {(Trigger.SEGMENT, tag) for tag in subscription.tags}
    return tags | {(Trigger.PERMISSION, key) for key in subscription.permissions}
