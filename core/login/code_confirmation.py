"""Logins of the project dialect as the bot's side meets them: begun by a permanent link, ended in a one-time code.

Functions of a ``Unit``, called by ``asking``, which holds the transitions.
"""

from datetime import datetime

from core.entropy import hex_id
from core.login.code_sign_in import SESSION_LIFETIME, code_digest, code_of, session_id_of
from core.model.apps.app import App, origin_of
from core.model.ids import LoginId
from core.model.login.errors import LoginExpired, LoginNeedsPage, LoginNotSetUp
from core.model.login.login import Asked, Claim, CodeGrant, Confirmed, Login, Pending, RequestOrigin
from core.model.login.requests import with_answer
from core.model.people.person import Account, Sender
from core.model.webhooks.webhook import WebhookEvent
from core.people.accounts import language_of
from core.people.names import names_of
from core.ports.store import Unit
from core.seal import Seal
from core.subscribers import subscriptions
from core.subscribers.subscriptions import Gain
from core.webhooks.publisher import Publisher, event_of


def static_login(unit: Unit, app: App, account: Account, publisher: Publisher, now: datetime) -> Pending:
    """Return the login that a permanent link begins: a new one held by the account, or the one that stands already.

    Raises ``LoginNotSetUp`` where there is nowhere to take the person, and ``LoginNeedsPage`` where the app wants a
    number to be picked, which a permanent link has no page to show.
    """
    if app.requires_match:
        raise LoginNeedsPage
    if not app.callbacks:
        raise LoginNotSetUp
    for login in unit.logins.waiting_for(account.account_id, now):
        asked = login.asked
        is_static = asked.grant is not None and asked.grant.is_static
        if is_static and (asked.app_id, asked.return_url) == (app.app_id, app.callbacks[0]):
            return login
    login_id, seal = LoginId(hex_id(publisher.entropy)), publisher.seal
    asked = Asked(
        login_id=login_id,
        app_id=app.app_id,
        session_digest=publisher.entropy.octets(32),
        link_digest=publisher.entropy.octets(32),
        typed_digest=publisher.entropy.octets(32),
        created_at=now,
        expires_at=now + SESSION_LIFETIME,
        origin=origin_of(app.callbacks[0]),
        place=RequestOrigin(),
        return_url=app.callbacks[0],
        grant=CodeGrant(code_digest(code_of(login_id, seal), seal), is_static=True),
    )
    login = Pending(asked, Claim(account.account_id, now))
    unit.logins.add(login)
    return login


def subscribe(  # noqa: PLR0913, PLR0917 - who says yes, to which app, when
    unit: Unit, publisher: Publisher, login: Login, sender: Sender, account: Account, now: datetime
) -> None:
    """Let the app write to who just said yes, and tell its site that they did."""
    grant = login.asked.grant
    gain = subscriptions.NOTHING if grant is None else Gain(names=names_of(sender))
    subscription, news = subscriptions.begin(unit, publisher, login.asked.app_id, account, now, gain)
    has_session = grant is not None and not grant.is_static
    told = {
        "state": grant.state if grant else None,
        "first_name": sender.first_name,
        "username": sender.username or "",
        "lang": language_of(account),
        "tags": list(subscription.tags),
        "session_id": session_id_of(login.asked.login_id, publisher.seal) if has_session else None,
    }
    completed = event_of(WebhookEvent.AUTH_COMPLETED, subscription, account, told)
    publisher.publish(unit, login.asked.app_id, now, *news, completed)


def check_still_wanted(app: App, login: Login) -> None:
    """Raise ``LoginExpired`` if the app has changed since: it wants a number now, or took the callback off its list."""
    asked = login.asked
    if app.requires_match and asked.match is None:
        raise LoginExpired
    if asked.grant is not None and asked.return_url is not None and asked.return_url not in app.callbacks:
        raise LoginExpired


def way_back(login: Login, app: App, now: datetime, seal: Seal) -> str | None:
    """Return the address that takes the one-time code to the site, as long as the code is good for anything."""
    asked = login.asked
    if not isinstance(login, Confirmed) or asked.grant is None or asked.return_url not in app.callbacks:
        return None
    if not login.is_redeemable(now):
        return None
    return with_answer(asked.return_url, code_of(asked.login_id, seal), asked.grant.state)
