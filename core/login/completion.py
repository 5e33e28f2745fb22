"""What a person's yes brings about, however the login ends: the app may write to them, and its site is told.

Functions of a ``Unit``, called by ``confirmation`` in the transaction of the yes.
"""

from datetime import datetime

from core.login.lookup import session_id_of
from core.model.apps.app import App
from core.model.login.errors import LoginExpired
from core.model.login.login import Login
from core.model.people.person import Account, Sender
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import language_of
from core.people.names import names_of
from core.ports.store import Unit
from core.seal import Seal
from core.subscribers.subscriptions import NOTHING, Gain, Subscriptions
from core.webhooks.publisher import event_of


def check_still_wanted(app: App, login: Login) -> None:
    """Raise ``LoginExpired`` if the app has changed since: it wants a number now, or took the callback off its list."""
    asked = login.asked
    if asked.match is None and app.requires_match(by_anybody=asked.grant is None):
        raise LoginExpired
    if asked.grant is not None and asked.return_url is not None and asked.return_url not in app.callbacks:
        raise LoginExpired


def subscribe(
    unit: Unit, subscriptions: Subscriptions, login: Login, who: tuple[Sender, Account], now: datetime
) -> None:
    """Let the app write to the person who just said yes, and tell its site that they did (``auth.completed``)."""
    sender, account = who
    grant = login.asked.grant
    gain = NOTHING if grant is None else Gain(names=names_of(sender))
    subscription, events = subscriptions.begin(unit, login.asked.app_id, account, now, gain)
    fields = {
        "state": grant.state if grant else None,
        "first_name": sender.first_name,
        "username": sender.username or "",
        "lang": language_of(account),
        "tags": list(subscription.tags),
        "session_id": _session_id(login, subscriptions.publisher.seal),
    }
    completed = event_of(WebhookEvent.AUTH_COMPLETED, subscription, account, fields)
    subscriptions.publisher.publish(unit, login.asked.app_id, now, *events, completed)


def _session_id(login: Login, seal: Seal) -> str | None:
    """Return the id of the session that a server polls; ``None`` where none does: pages hold theirs as a secret."""
    grant = login.asked.grant
    return (
        None if grant is None or grant.is_static else session_id_of(login.asked.login_id, login.asked.created_at, seal)
    )
