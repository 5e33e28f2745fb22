"""When a message that is due waits all the same: its app is disabled, or it went to many and the person may be asleep.

What a site sends to one person, and what we send, keeps no quiet hours.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.model.apps.app import App
from core.model.calendar.quiet_hours import quiet_in_any
from core.model.calendar.time_zones import home_zone, zones_of
from core.model.people.person import Account
from core.model.sending import outbox_message
from core.model.sending.outbox_message import CauseKind, OutboxMessage, Priority
from core.ports.store import Unit

_APP_PAUSE: Final = timedelta(minutes=1)
"""How long what a disabled app sent waits before it is looked at again."""
_MORNING: Final = timedelta(hours=6)
"""How long after quiet hours a message is worth sending at least."""


def deferred(unit: Unit, message: OutboxMessage, now: datetime) -> OutboxMessage | None:
    """Return a message that is due and must wait as it is then kept; ``None`` if it may be sent.

    Messages of a disabled app wait, and those to many of an app with quiet hours. Night makes none of them stale but
    those that recur: the next one comes instead.
    """
    app = unit.apps.by_id(message.app_id)
    if app is not None and not app.enabled:
        return outbox_message.postponed(message, min(now + _APP_PAUSE, message.expires_at))
    if message.priority is not Priority.BROADCAST or app is None or app.quiet_hours is None:
        return None
    account = unit.people.account_by_id(message.account_id)
    until = quiet_for(unit, app, account, now) if account is not None else None
    if until is None:
        return None
    if message.cause is not None and message.cause.kind is CauseKind.RECURRING:
        return outbox_message.postponed(message, min(until, message.expires_at))
    return replace(outbox_message.postponed(message, until), expires_at=max(message.expires_at, until + _MORNING))


def quiet_for(unit: Unit, app: App, account: Account, now: datetime) -> datetime | None:
    """Return when the app's quiet hours end where the account's owner may live; ``None`` if it is not quiet there."""
    if app.quiet_hours is None:
        return None
    phone = account.phone
    if phone is None:
        person = unit.people.by_id(account.person_id)
        phone = person.phone if person else None
    zones = zones_of(phone, app.timezone)
    return quiet_in_any(now, app.quiet_hours, zones, home_zone(app.timezone))
