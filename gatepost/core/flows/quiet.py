"""When a site's broadcasts leave somebody alone; what a site sends to one, and what we send, is never held back."""

from datetime import datetime, timedelta
from typing import Final

from gatepost.core.model.app import App
from gatepost.core.model.notice import Notice, Priority
from gatepost.core.model.person import Account
from gatepost.core.model.quiet_hours import quiet_in_any
from gatepost.core.model.whereabouts import home_zone, zones_of
from gatepost.core.ports import Unit

_APP_PAUSE: Final = timedelta(minutes=1)
"""How long what a disabled app sent to many waits before it is looked at again."""


def held_until(unit: Unit, notice: Notice, now: datetime) -> datetime | None:
    """Return until when a notice must wait, though it is due; ``None`` if it must not.

    Only those sent to many by an app with quiet hours, or by one that is disabled, ever do.
    """
    if notice.priority is not Priority.BROADCAST:
        return None
    app = unit.apps.by_id(notice.app_id)
    if app is not None and not app.enabled:
        return now + _APP_PAUSE
    if app is None or app.quiet_hours is None:
        return None
    account = unit.people.account_by_id(notice.account_id)
    return None if account is None else quiet_for(unit, app, account, now)


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
