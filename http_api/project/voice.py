"""How the project dialect says yes and no: JSON, flat errors with stable codes, in Russian or English.

``{"error": TEXT, "code": CODE, "retryable": BOOL, "docs_url": …}`` (``projects-api`` section 14). ``X-Request-Id`` is
in the log too. Who calls is asked before anything else, so nobody without a key learns what exists.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import ValidationError

from core.apps.api_keys import ApiKeys, Caller
from core.entropy import Entropy, hex_id
from core.errors import GatepostError, Kind, TooManyRequests
from core.model.apps.errors import InvalidApiKey, TestKeyForbidden, Unauthorized
from http_api.clients import Proxies
from http_api.limits import Allowance, Limits
from http_api.project.call import Call, ProjectError, RequestBody, ResponseBody, Route
from http_api.project.codes import BY_STATUS, RETRYABLE, STATUSES, code_of
from http_api.voice import body_of, complaints_of, once_of
from http_api.words import Words

logger = logging.getLogger(__name__)

WORDS: Final = Words("http_api.project")
_CALLER: Final = web.RequestKey("caller", Caller)
_HEADERS: Final = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_POLICY: Final = '"project";q={};w=60'
_EXPLAINED: Final = frozenset({"validation_failed", "conflict"})
"""The codes that are said of so many things that the core says which."""
_ALLOWANCE: Final = '"project";r={};t={}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The dialect's one middleware, and the way from a route to its handler. ``public_url`` has no slash at the end."""

    api_keys: ApiKeys
    limits: Limits
    proxies: Proxies
    entropy: Entropy
    public_url: str
    _polls: set[Handler] = field(default_factory=set)

    def application(self, routes: Sequence[Route]) -> web.Application:
        """Return the dialect's sub-application."""
        app = web.Application(middlewares=[self._middleware()])
        for route in routes:
            handler = self._handler(route)
            app.router.add_route(route.method, route.path, handler)
            if route.is_poll:
                self._polls.add(handler)
        return app

    def _middleware(self) -> Middleware:
        @web.middleware
        async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
            request_id = hex_id(self.entropy)
            try:
                caller = await self._authenticated(request)
                request[_CALLER] = caller
                self._count(request, caller)
                response = await handler(request)
            except Exception as trouble:  # noqa: BLE001 - this is where every trouble becomes an answer
                response = self._refusal(request, trouble, request_id)
            response.headers["X-Request-Id"] = request_id
            self._tell_allowance(request, response)
            return response

        return speak

    def _count(self, request: web.Request, caller: Caller) -> None:
        """Count the request: a poll for what it asks about, or a few pages with QR codes would use up all the rest."""
        if request.match_info.handler in self._polls:
            self.limits.count_poll(caller.app.app_id, request.path)
        else:
            self.limits.count_request(caller.app.app_id)

    async def _authenticated(self, request: web.Request) -> Caller:
        """Return who calls; count those who guess at keys (RFC 6750 section 2.1)."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized
        try:
            return await self.api_keys.authenticate(key.strip())
        except InvalidApiKey:
            self.limits.count_miss(self.proxies.network_of(request))
            raise

    def _handler(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            caller = request[_CALLER]
            if route.is_setting and caller.is_test:
                raise TestKeyForbidden
            wish = await _wish(route, request)
            once = await once_of(request, is_test=caller.is_test) if route.is_once else None
            return _json_response(await route.handler(Call(caller, request.match_info, wish, once)))

        return handle

    def _tell_allowance(self, request: web.Request, response: web.StreamResponse) -> None:
        """Tell what is left (IETF draft-ietf-httpapi-ratelimit-headers)."""
        caller = request.get(_CALLER)
        allowance: Allowance | None = self.limits.allowance(caller.app.app_id) if caller else None
        if allowance is not None:
            response.headers["RateLimit-Policy"] = _POLICY.format(allowance.limit)
            response.headers["RateLimit"] = _ALLOWANCE.format(allowance.remaining, allowance.reset)

    def _refusal(self, request: web.Request, trouble: Exception, request_id: str) -> web.Response:
        language = WORDS.spoken(None, request.headers.get("Accept-Language", ""))
        match trouble:
            case GatepostError():
                details = str(trouble) if code_of(trouble) in _EXPLAINED else ""
                response = self._refuse(code_of(trouble), language, details)
                if isinstance(trouble, TooManyRequests):
                    response.headers["Retry-After"] = str(trouble.retry_after)
                if trouble.kind is Kind.UNAVAILABLE:
                    response.headers["Retry-After"] = "1"
                if response.status == 401:  # noqa: PLR2004 - RFC 9110 section 11.6.1
                    response.headers["WWW-Authenticate"] = "Bearer"
            case ValidationError():
                response = self._refuse("validation_failed", language, complaints_of(trouble))
            case web.RequestPayloadError():
                response = self._refuse("validation_failed", language, "body: cannot be read")
            case web.HTTPException():
                response = self._refuse(BY_STATUS.get(trouble.status, "bad_request"), language)
                if "Allow" in trouble.headers:
                    response.headers["Allow"] = trouble.headers["Allow"]
            case _:
                logger.error("a bug in answering a request", exc_info=trouble, extra={"request_id": request_id})
                response = self._refuse("internal_error", language)
        return response

    def _refuse(self, code: str, language: str, details: str = "") -> web.Response:
        return _json_response(refusal(code, language, self.public_url, details), STATUSES[code])


def refusal(code: str, language: str, public_url: str, details: str = "") -> ProjectError:
    """Return the body of a refusal."""
    return ProjectError(
        error=f"{WORDS.say(language, code)} {details}".rstrip(),
        code=code,
        retryable=code in RETRYABLE,
        docs_url=f"{public_url}/docs/errors#{code}",
    )


def _json_response(answer: ResponseBody, status: int = 200) -> web.Response:
    return web.Response(body=body_of(answer), status=status, headers=_HEADERS)


async def _wish(route: Route, request: web.Request) -> RequestBody | None:
    """Read what the route wants: a query with GET, else a JSON body."""
    if route.wish is None:
        return None
    if route.method == "GET":
        return route.wish.model_validate(dict(request.query))
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    return route.wish.model_validate_json(await request.read())
