"""Sending once more what may not have arrived: one step, inside the transaction of whoever asks for it."""

from dataclasses import replace
from datetime import datetime

from core.model.sending import notice as notices
from core.model.sending.errors import NoticeNotReplayable
from core.model.sending.filters import UNDELIVERED
from core.model.sending.notice import Notice
from core.ports.store import Stale, Unit
from core.sending.outbox import LIFETIME
from core.sending.routing import aim_anew


def replay(unit: Unit, before: Notice, now: datetime) -> Notice:
    """Send a message once more, and return it as it is now; raise ``NoticeNotReplayable``.

    It starts with the first of the person's accounts again. Who replays one whose end is unknown accepts that it
    may come twice.
    """
    if before.state not in UNDELIVERED or not before.content:
        raise NoticeNotReplayable
    lasting = replace(before, expires_at=max(before.expires_at, now + LIFETIME))
    after = aim_anew(unit, notices.reopened(lasting, now), now)
    if not unit.outbox.swap(before, after):
        raise Stale
    return after
