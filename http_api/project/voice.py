"""How the project dialect says yes and no: JSON, flat errors with stable codes, in Russian or English.

``{"error": TEXT, "code": CODE, "retryable": BOOL, "docs_url": …}`` (``projects-api`` section 14). ``X-Request-Id`` is
in the log too. Who calls is asked before anything else, so a caller without a key does not learn what exists.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import ValidationError

from core.apps.api_keys import Caller
from core.entropy import Entropy
from core.errors import GatepostError
from core.model.apps.app import KeyKind
from core.model.apps.errors import TestKeyForbidden
from http_api.complaints import complaints_of, detail_of
from http_api.limits import Allowance, Limits
from http_api.project.call import Call, ProjectError, ProjectRoute
from http_api.project.codes import BY_STATUS, RETRYABLE, STATUSES, code_of
from http_api.route import Access, RequestBody
from http_api.routing import lay
from http_api.voice import (
    APP,
    CALLER,
    CODE,
    Callers,
    ignored_of,
    json_of,
    json_response,
    once_of,
    refusal_headers,
    request_id_of,
    with_ignored,
)
from http_api.words import Words

logger = logging.getLogger(__name__)

PREFIX: Final = "/v1"
"""What stands before every path of the dialect."""
WORDS: Final = Words("http_api.project")
_KINDS: Final = frozenset({KeyKind.LIVE, KeyKind.TEST})
_POLICY: Final = '"project";q={};w=60'
_HEADERS: Final[Mapping[str, Mapping[str, str]]] = {
    "platform_busy": {"Retry-After": "1"},
    "unauthorized": {"WWW-Authenticate": "Bearer"},
    "invalid_api_key": {"WWW-Authenticate": "Bearer"},
}
"""Headers of refusals by their code (RFC 9110 sections 10.2.3 and 11.6.1)."""
_EXPLAINED: Final = frozenset({"validation_failed", "conflict", "unknown_field"})
"""The codes that are said of so many things that the core says which."""
NO_FACTS: Final[Mapping[str, str | int]] = MappingProxyType({})
_ALLOWANCE: Final = '"project";r={};t={}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The dialect's one middleware, and the way from a route to its handler. ``public_url`` has no slash at the end."""

    callers: Callers
    limits: Limits
    entropy: Entropy
    public_url: str
    _polls: set[Handler] = field(default_factory=set)

    def application(self, routes: Sequence[ProjectRoute]) -> web.Application:
        """Return the dialect's sub-application. Raises ``ValueError`` for a route that asks for no project's key."""
        app = web.Application(middlewares=[self._middleware()])
        for route in routes:
            if route.access not in (Access.API_KEY, Access.LIVE_KEY):
                raise ValueError(f"{route.method} {route.path}: every route of this dialect asks for a project's key")
            handler = self._handler(route)
            lay(app, route.method, route.path, handler, route.unknown)
            if route.is_poll:
                self._polls.add(handler)
        return app

    def _middleware(self) -> Middleware:
        @web.middleware
        async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                caller = await self.callers.find(request, "Authorization", "bearer", _KINDS)
                request[CALLER] = caller
                request[APP] = caller.app.app_id
                self._count(request, caller)
                response = await handler(request)
            except Exception as trouble:  # noqa: BLE001 - this is where every trouble becomes an answer
                return await self.refuse(request, trouble)
            return self._finished(request, response)

        return speak

    async def refuse(self, request: web.Request, trouble: Exception) -> web.StreamResponse:
        """Say no, because of ``trouble``."""
        return self._finished(request, self._refusal(request, trouble))

    def _finished(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        """Add what every answer carries: its id, and what is left of the project's requests."""
        response.headers["X-Request-Id"] = request_id_of(request, self.entropy)
        self._add_allowance(request, response)
        return response

    def _count(self, request: web.Request, caller: Caller) -> None:
        """Count the request: a poll for what it asks about, or a few pages with QR codes would use up all the rest."""
        if request.match_info.handler in self._polls:
            self.limits.count_poll(caller.app.app_id, request.path)
        else:
            self.limits.count_request(caller.app.app_id)

    def _handler(self, route: ProjectRoute) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            caller = request[CALLER]
            if route.access is Access.LIVE_KEY and caller.is_test:
                raise TestKeyForbidden
            ignored = await ignored_of(route, request)
            payload = await _payload(route, request)
            once = await once_of(request, is_test=caller.is_test) if route.is_once else None
            response = json_response(await route.handler(Call(caller, request.match_info, payload, once)))
            return with_ignored(response, ignored)

        return handle

    def _add_allowance(self, request: web.Request, response: web.StreamResponse) -> None:
        """Say how many requests the project has left (IETF draft-ietf-httpapi-ratelimit-headers)."""
        caller = request.get(CALLER)
        allowance: Allowance | None = self.limits.allowance(caller.app.app_id) if caller else None
        if allowance is not None:
            response.headers["RateLimit-Policy"] = _POLICY.format(allowance.limit)
            response.headers["RateLimit"] = _ALLOWANCE.format(allowance.remaining, allowance.reset)

    def _refusal(self, request: web.Request, trouble: Exception) -> web.Response:
        language = WORDS.spoken(None, request.headers.get("Accept-Language", ""))
        code, details = _code_of(trouble, language, request_id_of(request, self.entropy))
        facts = trouble.facts if isinstance(trouble, GatepostError) else {}
        request[CODE] = code
        headers = {**_HEADERS.get(code, {}), **refusal_headers(trouble)}
        return json_response(refusal(code, language, self.public_url, details, facts), STATUSES[code], headers)


def _code_of(trouble: Exception, language: str, request_id: str) -> tuple[str, str]:
    """Return the dialect's code for a trouble, and details that are worth telling, in a language."""
    match trouble:
        case GatepostError():
            code = code_of(type(trouble))
            return code, detail_of(trouble, language) if code in _EXPLAINED else ""
        case ValidationError() | web.RequestPayloadError():
            return "validation_failed", complaints_of(trouble, language)
        case web.HTTPException():
            return BY_STATUS.get(trouble.status, "bad_request"), ""
        case _:
            logger.error("a bug in answering a request", exc_info=trouble, extra={"request_id": request_id})
            return "internal_error", ""


def refusal(
    code: str, language: str, public_url: str, details: str = "", facts: Mapping[str, str | int] = NO_FACTS
) -> ProjectError:
    """Return the body of a refusal; ``facts`` are told beside its code."""
    return ProjectError.model_validate(
        {
            "error": f"{WORDS.say(language, code)} {details}".rstrip(),
            "code": code,
            "retryable": code in RETRYABLE,
            "docs_url": f"{public_url}/docs/errors#{code}",
            **facts,
        }
    )


async def _payload(route: ProjectRoute, request: web.Request) -> RequestBody | None:
    """Return the query or JSON body that the route reads; ``None`` if it reads none. Raises ``ValidationError``."""
    if route.query is not None:
        return route.query.model_validate(dict(request.query))
    if route.body is None:
        return None
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    return route.body.model_validate_json(await json_of(request))
