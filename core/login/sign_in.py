"""The site's side of the main story: a site starts a login, waits for it, and redeems it once.

Every transition of a login that a site or its visitor's page makes happens here, in one transaction each: ``start``,
``cancel``, ``redeem``. What a person does in a bot in between is ``confirmation``; the project dialect's side is
``code_sign_in``.
"""

from dataclasses import dataclass, replace

from core.apps.lookup import enabled_app, existing_app
from core.clock import Clock
from core.entropy import Entropy, hex_id, link_code
from core.login.lookup import existing_login, link_digest, swap_login, user_code_digest
from core.login.profile import open_profile
from core.messengers.start_links import start_links
from core.model.apps.app import App, origin_of
from core.model.apps.errors import OriginNotAllowed
from core.model.ids import LoginId
from core.model.login import login as logins
from core.model.login.login import Asked, Confirmed, Pending, Redeemed, Status, draw_match, lifetime
from core.model.login.requests import LoginRequest, Redemption, Seen, StartedLogin
from core.model.login.user_code import draw_user_code, shown
from core.model.messages.bot import StartLink
from core.ports.messengers import Links
from core.ports.store import Store, Unit
from core.seal import Seal
from core.tokens.jwt import login_claims
from core.tokens.key_rotation import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The site's side of the story.

    ``public_origin`` is our own pages' origin, which may start logins for every app, and the issuer of the tokens.
    """

    store: Store
    clock: Clock
    entropy: Entropy
    seal: Seal
    keys: Keys
    links: Links
    public_origin: str

    async def start(self, request: LoginRequest) -> StartedLogin:
        """Start a login; nothing is kept of a refused one.

        Raises ``AppNotFound``, ``AppDisabled``, ``OriginNotAllowed``, ``ReturnUrlNotAllowed``, ``NoBotsConfigured`` or
        ``BotsUnavailable``.
        """
        session_id = hex_id(self.entropy)
        user_code = draw_user_code(self.entropy)
        start_link = StartLink(link_code(self.entropy), shown(user_code), request.locale)
        now = self.clock.now()

        def add(unit: Unit) -> StartedLogin:
            app = enabled_app(unit.apps.by_id(request.app_id))
            return_url = self._checked_return_url(app, request)
            asked = Asked(
                login_id=LoginId(hex_id(self.entropy)),
                app_id=app.app_id,
                session_digest=self.session_digest(session_id),
                link_digest=link_digest(self.seal, start_link.code),
                user_code_digest=user_code_digest(self.seal, user_code),
                created_at=now,
                expires_at=now + lifetime(app, None),
                origin=self._shown_origin(app, request, return_url),
                place=request.place,
                locale=request.locale,
                return_url=return_url,
                code_challenge=request.code_challenge,
                match=draw_match(self.entropy) if request.wants_match or app.requires_match(by_anybody=True) else None,
            )
            links, app_links = start_links(self.links, app, start_link, now)
            pending = Pending(asked)
            unit.logins.add(pending)
            return StartedLogin(session_id, pending, app, links, app_links, user_code)

        return await self.store.write(add)

    async def look(self, session_id: str) -> Seen:
        """Return the login behind a session id (24 hex characters); raise ``LoginNotFound``."""
        return await self._look(self.session_digest(session_id))

    async def wait(self, session_id: str, seconds: float) -> Seen:
        """Return the login as soon as it is not pending, or its link was opened; after ``seconds`` as it then is.

        Raises ``LoginNotFound``.
        """
        digest = self.session_digest(session_id)
        with self.store.bells.hold(digest) as bell:
            seen = await self._look(digest)
            if seen.status is not Status.PENDING:
                return seen
            left = (seen.login.asked.expires_at - self.clock.now()).total_seconds()
            if not await bell.wait(min(seconds, left)):  # it did not ring, so nothing but the time has changed
                return replace(seen, status=logins.status(seen.login, self.clock.now()))
        return await self._look(digest)

    async def cancel(self, session_id: str) -> Seen:
        """Give up from the site's side; raise ``LoginConfirmed``, ``LoginExpired`` or ``LoginNotFound``."""
        digest = self.session_digest(session_id)
        now = self.clock.now()

        def give_up(unit: Unit) -> Seen:
            before = existing_login(unit.logins.by_session(digest))
            after = logins.cancel(before, now)
            if after != before:
                swap_login(unit, before, after)
            return Seen(after, Status.CANCELLED, existing_app(unit.apps.by_id(before.asked.app_id)))

        try:
            return await self.store.write(give_up)
        finally:  # also if the caller has gone meanwhile: whoever waits looks again
            self.store.bells.ring(digest)

    async def redeem(self, session_id: str, code_verifier: str | None) -> Redemption:
        """Hand out the profile and a signed token, to one caller, once; raise ``LoginConfirmed`` for all others.

        ``code_verifier`` belongs to the login's challenge (RFC 7636). Raises ``LoginNotFound``, ``LoginPending``,
        ``LoginExpired``, ``LoginCancelled``, ``AppDisabled``, ``CodeVerifierRequired`` or ``CodeVerifierMismatch``.
        """
        ring = await self.keys.current()  # before, not after: what cannot be signed must not be taken
        digest = self.session_digest(session_id)
        now = self.clock.now()

        def take(unit: Unit) -> tuple[Redeemed, bytes]:
            before = existing_login(unit.logins.by_session(digest))
            enabled_app(unit.apps.by_id(before.asked.app_id))
            after = logins.redeem(before, code_verifier, now)
            swap_login(unit, before, after)
            return after, before.profile if isinstance(before, Confirmed) else b""

        login, sealed = await self.store.write(take)
        profile = open_profile(sealed, login.asked.login_id, self.seal)
        claims = login_claims(profile, login.asked.app_id, self.public_origin, login.redeemed_at, self.entropy)
        return Redemption(login, profile, ring.sign(claims))

    def session_digest(self, session_id: str) -> bytes:
        """Return what a session id is stored as; also the name of its bell."""
        return self.seal.digest(session_id, "session")

    async def _look(self, digest: bytes) -> Seen:
        def find(unit: Unit) -> Seen:
            login = existing_login(unit.logins.by_session(digest))
            app = existing_app(unit.apps.by_id(login.asked.app_id))
            is_opened = isinstance(login, Pending) and login.claim is not None
            prompt = unit.logins.prompt(login.asked.login_id) if is_opened else None
            return Seen(login, logins.status(login, self.clock.now()), app, prompt.at if prompt else None)

        return await self.store.read(find)

    def _checked_return_url(self, app: App, request: LoginRequest) -> str | None:
        if request.origin not in {None, self.public_origin} and not app.allows_origin(request.origin or ""):
            raise OriginNotAllowed
        return app.checked_return_url(request.return_url)

    def _shown_origin(self, app: App, request: LoginRequest, return_url: str | None) -> str:
        """Return the site that the person is shown: the page that asks, else where they are sent, else the app's first.

        An origin: scheme, host and port (RFC 6454).
        """
        if request.origin is not None and request.origin != self.public_origin:
            return request.origin
        if return_url is not None:
            return origin_of(return_url)
        return app.shown_origin or self.public_origin
