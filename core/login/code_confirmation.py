"""Logins of the project dialect as the bot's side meets them: begun by a permanent link, ended by a way back.

Functions of a ``Unit``, called by ``confirmation``, which holds the transitions.
"""

from datetime import datetime

from core.entropy import hex_id
from core.login.lookup import authorization_code_digest, authorization_code_of
from core.model.apps.app import App, origin_of
from core.model.ids import LoginId
from core.model.login.errors import LoginNeedsPage, LoginNotSetUp
from core.model.login.login import Asked, Claim, CodeGrant, Confirmed, Login, Pending, RequestOrigin, lifetime
from core.model.login.requests import with_answer
from core.model.people.person import Account
from core.ports.store import Unit
from core.seal import Seal
from core.webhooks.publisher import Publisher


def static_login(unit: Unit, app: App, account: Account, publisher: Publisher, now: datetime) -> Pending:
    """Return the login that a permanent link begins: a new one held by the account, or the one that stands already.

    Raises ``LoginNotSetUp`` where there is nowhere to take the person, and ``LoginNeedsPage`` where the app wants a
    number to be picked, which a permanent link has no page to show.
    """
    if app.requires_match(by_anybody=False):
        raise LoginNeedsPage
    if not app.callbacks:
        raise LoginNotSetUp
    for login in unit.logins.waiting_for(account.account_id, now):
        asked = login.asked
        is_static = asked.grant is not None and asked.grant.is_static
        if is_static and (asked.app_id, asked.return_url) == (app.app_id, app.callbacks[0]):
            return login
    login_id, seal = LoginId(hex_id(publisher.entropy)), publisher.seal
    grant = CodeGrant(authorization_code_digest(authorization_code_of(login_id, now, seal), seal), is_static=True)
    asked = Asked(
        login_id=login_id,
        app_id=app.app_id,
        session_digest=publisher.entropy.octets(32),
        link_digest=publisher.entropy.octets(32),
        user_code_digest=publisher.entropy.octets(32),
        created_at=now,
        expires_at=now + lifetime(app, grant),
        origin=origin_of(app.callbacks[0]),
        place=RequestOrigin(),
        return_url=app.callbacks[0],
        grant=grant,
    )
    login = Pending(asked, Claim(account.account_id, now))
    unit.logins.add(login)
    return login


def way_back(login: Login, app: App, now: datetime, seal: Seal) -> str | None:
    """Return the address that takes the authorization code to the site; ``None`` if there is none to go to, or no more.

    That is the app's callback with ``code`` and ``state`` (RFC 6749 section 4.1.2), until the code expires.
    """
    asked = login.asked
    if not isinstance(login, Confirmed) or asked.grant is None or asked.return_url not in app.callbacks:
        return None
    if not login.is_redeemable(now):
        return None
    return with_answer(
        asked.return_url, authorization_code_of(asked.login_id, asked.created_at, seal), asked.grant.state
    )
