"""Logins of the project dialect: the same logins, begun and ended in another way (``projects-api`` section 3).

A session's id rides in its link, so it proves nothing: only a project's key waits and redeems. The person's yes makes
an authorization code (RFC 6749 section 1.3.1), which the page's poll or the button in the bot takes to the site, and
which the site's server verifies once.
Id and code are computed from the login's own id under the master key, so neither is kept where it could be read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.apps.lookup import enabled_app
from core.clock import Clock
from core.entropy import Entropy, hex_id
from core.errors import GatepostError
from core.login.lookup import (
    authorization_code_digest,
    authorization_code_of,
    code_session_digest,
    link_digest,
    session_id_of,
    swap_login,
    user_code_digest,
)
from core.login.profile import open_profile
from core.messengers.start_links import lasting_start_links, start_links
from core.model.apps.app import App, origin_of
from core.model.ids import AppId, LoginId
from core.model.login import login as logins
from core.model.login.errors import CodeNotValid, RedirectNotAllowed
from core.model.login.login import (
    Asked,
    CodeGrant,
    Confirmed,
    Login,
    Pending,
    RequestOrigin,
    Status,
    draw_match,
    lifetime,
)
from core.model.login.requests import (
    CodeLoginRequest,
    CodePolled,
    CodeStatus,
    StartedCodeLogin,
    Verified,
    checked_state,
)
from core.model.login.user_code import draw_user_code, shown
from core.model.messages.bot import StartLink
from core.model.messages.payloads import write_login, write_session
from core.model.people.person import Account, MessengerName, Profile
from core.model.subscribers.subscription import Subscription
from core.people.accounts import language_of, owner
from core.ports.messengers import Links
from core.ports.store import Store, Unit
from core.seal import Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSignIn:
    """The site's side of the story. ``public_origin`` stands for a site of which nothing else is known."""

    store: Store
    clock: Clock
    entropy: Entropy
    seal: Seal
    links: Links
    public_origin: str

    def static_links(self, app: App, locale: str | None = None) -> dict[MessengerName, str]:
        """Return the app's permanent login links, in a language; raise ``NoBotsConfigured``."""
        payload = write_login(app.slug)
        return lasting_start_links(self.links, app, StartLink(payload, payload, locale))

    async def start(self, app_id: AppId, request: CodeLoginRequest) -> StartedCodeLogin:
        """Start a session; nothing is kept of a refused one.

        Raises ``Invalid`` (the state), ``AppNotFound``, ``AppDisabled``, ``RedirectNotAllowed``, ``NoBotsConfigured``
        or ``BotsUnavailable``.
        """
        state = checked_state(request.state)
        now = self.clock.now()
        login_id, user_code = LoginId(hex_id(self.entropy)), draw_user_code(self.entropy)
        session_id = session_id_of(login_id, now, self.seal)
        start_link = StartLink(write_session(session_id), shown(user_code), request.locale)
        digest = authorization_code_digest(authorization_code_of(login_id, now, self.seal), self.seal)
        grant = CodeGrant(digest, state, is_test=request.is_test)

        def add(unit: Unit) -> StartedCodeLogin:
            app = enabled_app(unit.apps.by_id(app_id))
            return_url = _checked_redirect(app, request.redirect_uri)
            asked = Asked(
                login_id=login_id,
                app_id=app_id,
                session_digest=code_session_digest(session_id, self.seal),
                link_digest=link_digest(self.seal, start_link.code),
                user_code_digest=user_code_digest(self.seal, user_code),
                created_at=now,
                expires_at=now + lifetime(app, grant),
                origin=shown_origin(app, return_url, self.public_origin),
                place=RequestOrigin(),
                locale=request.locale,
                return_url=return_url,
                match=draw_match(self.entropy) if request.wants_match or app.requires_match(by_anybody=False) else None,
                grant=grant,
            )
            links, _ = start_links(self.links, app, start_link, now)
            unit.logins.add(Pending(asked))
            number = asked.match.number if asked.match else None
            seconds = int(lifetime(app, grant).total_seconds())
            return StartedCodeLogin(session_id=session_id, links=links, expires_in=seconds, match_number=number)

        return await self.store.write(add)

    async def poll(self, app_id: AppId, session_id: str, *, is_test: bool) -> CodePolled:
        """Return how a session stands, and its authorization code the first time it is there.

        A session that is unknown, another app's, or begun with the other kind of key, has expired.
        """
        digest, now = code_session_digest(session_id, self.seal), self.clock.now()
        login = await self.store.read(lambda unit: unit.logins.by_session(digest))
        if login is None or not _belongs(login, app_id, is_test=is_test):
            return CodePolled(CodeStatus.EXPIRED)
        if logins.status(login, now) is not Status.CONFIRMED:
            return CodePolled(_STATUSES[logins.status(login, now)])
        return await self._hand_out_code(login.asked.login_id, now)

    async def verify(self, app_id: AppId, code: str, *, is_test: bool) -> Verified:
        """Take an authorization code for who logged in, once; raise ``CodeNotValid`` ever after, or ``AppDisabled``.

        ``is_test`` = the test key asks, which ends what it began, and nothing else does.
        """
        digest, now = authorization_code_digest(code, self.seal), self.clock.now()

        def take(unit: Unit) -> tuple[Confirmed, Subscription, Account]:
            before = unit.logins.by_authorization_code(digest)
            if not isinstance(before, Confirmed) or not _belongs(before, app_id, is_test=is_test):
                raise CodeNotValid
            enabled_app(unit.apps.by_id(app_id))
            swap_login(unit, before, _redeemed(before, now))
            subscription = unit.subscriptions.find(app_id, before.claim.account_id)
            if subscription is None or not before.profile:
                raise CodeNotValid
            return before, subscription, owner(unit, subscription.account_id)

        login, subscription, account = await self.store.write(take)
        return _verified(open_profile(login.profile, login.asked.login_id, self.seal), login, subscription, account)

    async def _hand_out_code(self, login_id: LoginId, now: datetime) -> CodePolled:
        """Hand the authorization code to the first poll after the yes; for those behind it the session has expired."""

        def hand_out(unit: Unit) -> CodePolled:
            before = unit.logins.by_id(login_id)
            try:
                after = logins.tell_code(before, now) if before else None
            except GatepostError:
                after = None
            if before is None or after is None:
                return CodePolled(CodeStatus.EXPIRED)
            swap_login(unit, before, after)
            code = authorization_code_of(login_id, before.asked.created_at, self.seal)
            return CodePolled(CodeStatus.COMPLETED, code)

        return await self.store.write(hand_out)


_STATUSES: Final = {
    Status.PENDING: CodeStatus.PENDING,
    Status.EXPIRED: CodeStatus.EXPIRED,
    Status.CANCELLED: CodeStatus.CANCELLED,
}


def shown_origin(app: App, return_url: str | None, public_origin: str) -> str:
    """Return the site that the person is shown: where they will be sent, else where the app is at home."""
    return origin_of(return_url) if return_url else app.shown_origin or public_origin


def _checked_redirect(app: App, redirect_uri: str | None) -> str | None:
    if redirect_uri is None:
        return next(iter(app.callbacks), None)
    if redirect_uri not in app.callbacks:
        raise RedirectNotAllowed
    return redirect_uri


def _belongs(login: Login, app_id: AppId, *, is_test: bool) -> bool:
    """Tell whether a login is the app's and ends in a code, and whether this kind of key began it."""
    grant = login.asked.grant
    return login.asked.app_id == app_id and grant is not None and grant.is_test is is_test


def _redeemed(login: Confirmed, now: datetime) -> Login:
    try:
        return logins.redeem(login, None, now)
    except GatepostError:
        raise CodeNotValid from None


def _verified(profile: Profile, login: Confirmed, subscription: Subscription, account: Account) -> Verified:
    return Verified(
        subscriber_id=subscription.subscription_id,
        channel=profile.messenger,
        first_name=profile.first_name,
        username=profile.username or "",
        lang=language_of(account),
        tags=subscription.tags,
        state=login.asked.grant.state if login.asked.grant else None,
    )
