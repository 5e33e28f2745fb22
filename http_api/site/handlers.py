"""Logins on a site's pages (``sites-api`` sections 1 to 3). A handler reads, makes one call, and words the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web
from pydantic import TypeAdapter

from core.entropy import Entropy, below
from core.login.sign_in import SignIn
from core.model.apps.errors import AppDisabled, AppNotFound, OriginNotAllowed, ReturnUrlNotAllowed
from core.model.ids import AppId
from core.model.login.errors import (
    CodeVerifierMismatch,
    CodeVerifierRequired,
    LoginCancelled,
    LoginConfirmed,
    LoginExpired,
    LoginNotFound,
)
from core.model.login.login import Confirmed, Status
from core.model.login.requests import LoginRequest, Seen
from core.model.messages.errors import BotsUnavailable, NoBotsConfigured
from core.tokens.key_rotation import Keys
from http_api.clients import AGENT_LIMIT, Proxies, language_of, place_of
from http_api.geo import Regions
from http_api.limits import Limits
from http_api.route import Access, HttpRoute, Route, ok
from http_api.site.answers import CancelledSession, Jwks, RedeemedSession, SeenSession, StartedSession
from http_api.site.shapes import CreateSession, Hex24, Poll, PollSession, WidgetPoll, known_query
from http_api.site.voice import ANSWERED_FOR
from http_api.unknown import FROM_ANYWHERE, FROM_PAGES
from http_api.voice import json_of, json_response

LONG_POLL_SECONDS: Final = 10.0
"""How long ``poll=true`` is held at most (``sites-api`` section 10); up to a second less, so that browsers which came
together, after a restart say, do not come back together for ever."""
_SESSION_ID: Final = TypeAdapter(Hex24)
_Route: Final = partial(Route, group="Logins on a site's pages", access=Access.PAGE, unknown=FROM_PAGES)
_Poll: Final = partial(
    _Route,
    method="GET",
    answers=ok(SeenSession, RedeemedSession),
    refusals=(
        CodeVerifierRequired,
        CodeVerifierMismatch,
        AppDisabled,
        LoginNotFound,
        LoginExpired,
        LoginCancelled,
    ),
)
_ONE: Final = "/auth/session/{session_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHandlers:
    """What the handlers need. ``public_url`` has no slash at the end."""

    sign_in: SignIn
    keys: Keys
    limits: Limits
    proxies: Proxies
    regions: Regions
    entropy: Entropy
    public_url: str

    def routes(self) -> list[HttpRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/auth/session",
                handler=self.create,
                summary="Start a login",
                body=CreateSession,
                answers=ok(StartedSession),
                refusals=(
                    ReturnUrlNotAllowed,
                    OriginNotAllowed,
                    AppDisabled,
                    AppNotFound,
                    NoBotsConfigured,
                    BotsUnavailable,
                ),
            ),
            _Poll(
                path=_ONE,
                handler=self.read,
                summary="How a login stands; with type=full it is handed out, once",
                query=PollSession,
            ),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.cancel,
                summary="Give a login up",
                answers=ok(CancelledSession),
                refusals=(LoginNotFound, LoginConfirmed, LoginExpired),
            ),
            _Poll(
                path="/widget/session/status",
                handler=self.read_for_widget,
                summary="The same, with the id in the query",
                query=WidgetPoll,
            ),
        ]

    def keys_route(self) -> HttpRoute:
        """Return the route of the keys, which is of no dialect (RFC 8615)."""
        return Route(
            method="GET",
            path="/.well-known/jwks.json",
            handler=self.jwks,
            summary="The keys that verify tokens",
            group="Keys and health",
            answers=ok(Jwks),
            access=Access.ANYONE,
            unknown=FROM_ANYWHERE,
        )

    async def create(self, request: web.Request) -> web.Response:
        """``POST /auth/session``: start a login."""
        network = self.proxies.network_of(request)
        body = CreateSession.model_validate_json(await json_of(request))
        self.limits.count_login(network, body.app_id)
        locale = language_of(body.locale)
        region = self.regions.region_of(network, locale or "")
        start = LoginRequest(
            app_id=AppId(body.app_id),
            origin=request.headers.get("Origin"),
            return_url=body.return_url,
            locale=locale,
            code_challenge=body.code_challenge,
            wants_match=body.match,
            place=place_of(network, request.headers.get("User-Agent", "")[:AGENT_LIMIT], region),
        )
        started = await self.sign_in.start(start)
        self.limits.note_login(started.app.app_id)
        request[ANSWERED_FOR] = started.app
        return json_response(StartedSession.of(started, self.public_url, with_qr=body.qr))

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
        return json_response(CancelledSession.of(seen, "status", self.sign_in.clock.now(), success=True))

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
        poll = Poll.of(PollSession.model_validate(known_query(request.query)))
        if poll.holds:
            with self.limits.waiting(self.proxies.network_of(request)):
                seconds = LONG_POLL_SECONDS - below(self.entropy, 1000) / 1000
                seen = await self._guarded(request, lambda: self.sign_in.wait(session_id, seconds))
        else:
            seen = await self._guarded(request, lambda: self.sign_in.look(session_id))
        ready = isinstance(seen.login, Confirmed) and seen.status is Status.CONFIRMED
        if poll.poll_type == "full" and ready:
            return await self._redeem(session_id, poll.code_verifier)
        return json_response(SeenSession.of(seen, poll.poll_type, self.sign_in.clock.now()))

    async def _redeem(self, session_id: str, code_verifier: str | None) -> web.Response:
        """Redeem; the second caller gets how the login stands instead, without a token."""
        try:
            redemption = await self.sign_in.redeem(session_id, code_verifier)
        except LoginConfirmed:
            seen = await self.sign_in.look(session_id)
            return json_response(SeenSession.of(seen, "full", self.sign_in.clock.now()))
        return json_response(RedeemedSession.of(redemption))

    async def _guarded(self, request: web.Request, find: Callable[[], Awaitable[Seen]]) -> Seen:
        """Find a session; an id that does not exist is counted as a miss, so that guessing is slow."""
        try:
            seen = await find()
        except LoginNotFound:
            self.limits.count_miss(self.proxies.network_of(request))
            raise
        request[ANSWERED_FOR] = seen.app
        return seen
