"""The routes of the site dialect (``sites-api`` sections 1 to 3). Each reads, makes one call, and words the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import TypeAdapter

from core.entropy import Entropy, below
from core.login.sign_in import SignIn
from core.model.ids import AppId
from core.model.login.errors import LoginConfirmed, LoginNotFound
from core.model.login.login import Confirmed, Status
from core.model.login.requests import LoginRequest, Seen
from core.tokens.key_rotation import Keys
from http_api.clients import Proxies, language_of, place_of
from http_api.geo import Regions
from http_api.limits import Limits
from http_api.site.answers import CancelledSession, RedeemedSession, SeenSession, StartedSession
from http_api.site.messages import MessageHandlers
from http_api.site.shapes import CreateSession, Hex24, Poll, PollSession, known_query
from http_api.site.voice import ANSWERED_FOR, Voice, json_response

LONG_POLL_SECONDS: Final = 10.0
"""How long ``poll=true`` is held at most (``sites-api`` section 10); up to a second less, so that browsers which came
together, after a restart say, do not come back together for ever."""
_SESSION_ID: Final = TypeAdapter(Hex24)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHandlers:
    """What the handlers need. ``public_url`` is the issuer and has no trailing slash."""

    sign_in: SignIn
    keys: Keys
    limits: Limits
    proxies: Proxies
    regions: Regions
    entropy: Entropy
    public_url: str

    async def create(self, request: web.Request) -> web.Response:
        """``POST /auth/session``: start a login."""
        network = self.proxies.network_of(request)
        wanted = CreateSession.model_validate_json(await request.read())
        self.limits.count_login(network, wanted.app_id)
        locale = language_of(wanted.locale)
        region = self.regions.region_of(network, locale or "")
        start = LoginRequest(
            app_id=AppId(wanted.app_id),
            origin=request.headers.get("Origin"),
            return_url=wanted.return_url,
            locale=locale,
            code_challenge=wanted.code_challenge,
            wants_match=wanted.match,
            place=place_of(network, request.headers.get("User-Agent", ""), region),
        )
        started = await self.sign_in.start(start)
        request[ANSWERED_FOR] = started.app
        return json_response(StartedSession.of(started, self.public_url, with_qr=wanted.qr))

    async def read(self, request: web.Request) -> web.Response:
        """``GET /auth/session/{session_id}``: say how the login stands; with ``type=full`` hand it out, once."""
        return await self._answer_poll(request, request.match_info["session_id"])

    async def read_for_widget(self, request: web.Request) -> web.Response:
        """``GET /widget/session/status?session_id=``: the same, for the widget."""
        return await self._answer_poll(request, request.query.get("session_id", ""))

    async def cancel(self, request: web.Request) -> web.Response:
        """``DELETE /auth/session/{session_id}``: give up."""
        session_id = _SESSION_ID.validate_python(request.match_info["session_id"])
        seen = await self._guarded(request, lambda: self.sign_in.cancel(session_id))
        return json_response(CancelledSession.of(seen, "status", success=True))

    async def jwks(self, _request: web.Request) -> web.Response:
        """``GET /.well-known/jwks.json``: the keys that verify our tokens (RFC 7517)."""
        ring = await self.keys.current()
        return web.Response(
            body=ring.jwks,
            headers={
                "Content-Type": "application/json",
                "Cache-Control": "public, max-age=600",
                "Access-Control-Allow-Origin": "*",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _answer_poll(self, request: web.Request, session_text: str) -> web.Response:
        session_id = _SESSION_ID.validate_python(session_text)
        wanted = Poll.of(PollSession.model_validate(known_query(request.query)))
        if wanted.holds:
            with self.limits.waiting(self.proxies.network_of(request)):
                seconds = LONG_POLL_SECONDS - below(self.entropy, 1000) / 1000
                seen = await self._guarded(request, lambda: self.sign_in.wait(session_id, seconds))
        else:
            seen = await self._guarded(request, lambda: self.sign_in.look(session_id))
        ready = isinstance(seen.login, Confirmed) and seen.status is Status.CONFIRMED
        if wanted.poll_type == "full" and ready:
            return await self._redeem(session_id, wanted.code_verifier)
        return json_response(SeenSession.of(seen, wanted.poll_type))

    async def _redeem(self, session_id: str, code_verifier: str | None) -> web.Response:
        """Redeem; whoever comes second sees what everybody sees from then on."""
        try:
            redemption = await self.sign_in.redeem(session_id, code_verifier)
        except LoginConfirmed:
            return json_response(SeenSession.of(await self.sign_in.look(session_id), "full"))
        return json_response(RedeemedSession.of(redemption))

    async def _guarded(self, request: web.Request, find: Callable[[], Awaitable[Seen]]) -> Seen:
        """Find a session, and count those who guess at ids."""
        try:
            seen = await find()
        except LoginNotFound:
            self.limits.count_miss(self.proxies.network_of(request))
            raise
        request[ANSWERED_FOR] = seen.app
        return seen


def add_routes(app: web.Application, handlers: SiteHandlers, messages: MessageHandlers, voice: Voice) -> None:
    """Lay out the dialect's sub-application."""
    for method, path, handler in (
        ("POST", "/message/send", messages.send),
        ("GET", "/message/{correlation_id}", messages.find),
        ("POST", "/message/{correlation_id}/replay", messages.replay),
        ("GET", "/messages", messages.page),
        ("POST", "/auth/session", handlers.create),
        ("GET", "/auth/session/{session_id}", handlers.read),
        ("DELETE", "/auth/session/{session_id}", handlers.cancel),
        ("GET", "/widget/session/status", handlers.read_for_widget),
    ):
        app.router.add_route(method, path, handler)
    for path in ("/auth/session", "/auth/session/{session_id}", "/widget/session/status"):
        app.router.add_route("OPTIONS", path, voice.preflight)
