"""Whose turn it is in a broadcast: the next ones whose bot has room. A bot that is away holds up its own only."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.model.broadcasts.broadcast import Broadcast, Recipient
from core.ports.store import Unit

AHEAD: Final = 300
"""How many messages of a broadcast may wait for a bot: some seconds' worth at any messenger's pace."""
CHUNK: Final = 25
"""How many recipients are posted in one transaction: a few milliseconds, so that no login waits."""
_AWAKE: Final = timedelta(minutes=1)
"""What the outbox puts off for longer than this (quiet hours) holds up no recipient behind it."""
_WORTH: Final = 6
"""The sixth part of a minute's messages may wait for a bot, where there are only so many a minute: what piles up while
the bot is away goes out at once."""


def following(unit: Unit, job: Broadcast, now: datetime, limit: int = CHUNK) -> Sequence[Recipient]:
    """Return the recipients whose turn it is, in order, ``limit`` at most."""
    bound, least = AHEAD, CHUNK
    if job.per_minute:
        bound, least = min(AHEAD, max(1, job.per_minute // _WORTH)), 1
    awake = unit.broadcasts.count_awake(job.job_id, now + _AWAKE) if job.posted else {}
    recipients: list[Recipient] = []
    for bot in unit.broadcasts.waiting_bots(job.job_id):
        room = bound - awake.get(bot, 0)
        if room >= least:
            recipients += unit.broadcasts.next_recipients(job.job_id, bot, min(room, limit))
    return sorted(recipients, key=lambda recipient: recipient.position)[:limit]


def has_turns(unit: Unit, job: Broadcast, now: datetime) -> bool:
    """Tell whether a recipient has their turn now, or was put off until now."""
    return bool(unit.broadcasts.put_off(job.job_id, now, 1) or following(unit, job, now, 1))


def bring_back(unit: Unit, job: Broadcast, now: datetime) -> bool:
    """Give some recipients who were put off until now their turn before those behind them; return whether any were."""
    put_off = unit.broadcasts.put_off(job.job_id, now, CHUNK)
    for recipient in put_off:
        unit.broadcasts.put_recipient(job.job_id, replace(recipient, due_at=None))
    return bool(put_off)
