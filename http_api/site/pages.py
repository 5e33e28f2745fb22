"""The hosted login page: ``/login/{app_id}`` with the widget in it, and the same login without JavaScript.

A page is made by the server and holds no secret. Without JavaScript the session lives in a sealed, HttpOnly cookie of
this one path; with it, in the widget. On success the visitor goes to ``return_url`` with ``session_id`` added
(``sites-api`` sections 3 and 7). No other page may put these into a frame.
"""

import json
import logging
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from core.apps.administration import Apps
from core.complaints import Wrong
from core.entropy import Entropy
from core.errors import GatepostError, Invalid, Kind, TooManyRequests
from core.login.sign_in import SignIn
from core.model.apps.app import App, origin_of
from core.model.apps.errors import AppNotFound, ReturnUrlNotAllowed
from core.model.ids import AppId
from core.model.login.errors import LoginNotFound
from core.model.login.login import Cancelled, Status
from core.model.login.requests import LoginRequest, Seen, StartedLogin
from core.model.login.user_code import shown
from core.seal import Seal, SealBrokenError
from http_api.clients import AGENT_LIMIT, Proxies, place_of
from http_api.geo import Regions
from http_api.limits import Limits
from http_api.site.answers import logo_address
from http_api.site.looks import Looks
from http_api.site.qr import qr_code
from http_api.voice import CODE, STATUS, refusal_headers, request_id_of
from http_api.words import Words

logger = logging.getLogger(__name__)

_WORDS: Final = Words("http_api.site")
_COOKIE: Final = "gatepost_login"
_COOKIE_SECONDS: Final = 900
_REFRESH_SECONDS: Final = "4"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    # Not no-referrer: with that, browsers send our own forms with "Origin: null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}
_PROBLEMS_BY_STATUS: Final = {404: "problem_app", 405: "problem_request", 431: "problem_headers", 500: "problem_busy"}
"""What the page says of other troubles; of those that are not here, that the request could not be understood."""
_HSTS: Final = "max-age=31536000"
_PROBLEMS: Final = {
    Kind.NOT_FOUND: "problem_app",
    Kind.FORBIDDEN: "problem_disabled",
    Kind.INVALID: "problem_return",
    Kind.TOO_MANY: "problem_many",
}

Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class _Held:
    """What the cookie holds of a login that was started without JavaScript."""

    session_id: str
    links: dict[str, str]
    code: str
    number: int
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPages:
    """The pages. ``public_url`` is our own address, without a slash at the end; ``looks`` are of all messengers."""

    sign_in: SignIn
    apps: Apps
    limits: Limits
    proxies: Proxies
    regions: Regions
    seal: Seal
    entropy: Entropy
    public_url: str
    looks: Looks

    async def show(self, request: web.Request) -> web.Response:
        """``GET /login/{app_id}``: the page with the widget."""
        app, return_url, language = await self._asked(request, request.query.get("return_url"), request.query)
        running = {bot.name: bot.messenger.value for bot in self.sign_in.links.bots()}
        platforms = " ".join(dict.fromkeys(running[name] for name in app.bots if name in running))
        fields = {
            "domain": _domain(return_url),
            "return_url": return_url,
            "return_domain": _domain(return_url),
            "platforms": platforms,
        }
        return self._page("login.html", language, app=app, **fields)

    async def start(self, request: web.Request) -> web.Response:
        """``POST /login/{app_id}/start``: start a login for a browser without JavaScript."""
        self._check_origin(request)
        try:
            form = await request.post()
        except (ValueError, LookupError):
            raise Invalid("body", Wrong.NOT_A_FORM) from None
        requested = str(form.get("return_url") or "") or None
        app, return_url, language = await self._asked(request, requested, form)
        network = self.proxies.network_of(request)
        self.limits.count_login(network, app.app_id)
        region = self.regions.region_of(network, language)
        started = await self.sign_in.start(
            LoginRequest(
                app_id=app.app_id,
                origin=self.public_url,
                return_url=return_url,
                locale=language,
                code_challenge=None,
                wants_match=True,
                place=place_of(network, request.headers.get("User-Agent", "")[:AGENT_LIMIT], region),
            )
        )
        self.limits.note_login(app.app_id)
        # The address is in the query too, for a browser that has lost the cookie and begins anew.
        location = f"/login/{app.app_id}/wait?{urlencode({'return_url': return_url, 'locale': language})}"
        response = web.Response(status=303, headers={**_HEADERS, "Location": location})
        self._hold(response, started, return_url)
        return response

    async def wait(self, request: web.Request) -> web.Response:
        """``GET /login/{app_id}/wait``: how that login stands; looks again by itself while it is open.

        With ``still`` in the query it does not: a page that changes by itself must be stoppable (WCAG 2.2.2).
        """
        held = self._held(request)
        app = await self._app(request)
        seen = await self.sign_in.look(held.session_id)
        language = _WORDS.spoken(seen.login.asked.locale, request.headers.get("Accept-Language", ""))
        if seen.status is Status.CONFIRMED:
            response = web.Response(status=303, headers={**_HEADERS, "Location": _returned(held)})
            response.del_cookie(_COOKIE, path=_path(request))
            return response
        is_still = "still" in request.query
        page = self._page("wait.html", language, app=app, is_still=is_still, **self._standing(seen, held))
        if seen.status is Status.PENDING and not is_still:
            page.headers["Refresh"] = _REFRESH_SECONDS
        return page

    async def cancel(self, request: web.Request) -> web.Response:
        """``POST /login/{app_id}/cancel``: give that login up."""
        self._check_origin(request)
        held = self._held(request)
        try:
            await self.sign_in.cancel(held.session_id)
        except GatepostError as refusal:
            if refusal.kind is not Kind.CONFLICT:
                raise
        location = f"{_path(request)}/wait?{urlencode({'return_url': held.return_url})}"
        return web.Response(status=303, headers={**_HEADERS, "Location": location})

    async def logo(self, request: web.Request) -> web.Response:
        """``GET /login/{app_id}/logo``: the app's logo; an SVG can do nothing but be looked at."""
        logo = await self.apps.logo(AppId(request.match_info["app_id"]))
        if logo is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Type": logo.media_type,
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "public, max-age=86400",
        }
        return web.Response(body=logo.body, headers=headers)

    async def nowhere(self, request: web.Request) -> web.Response:
        """Any other address below ``/login``: a page that says so."""
        del request
        raise AppNotFound

    def worded(self, handler: Handler) -> Handler:
        """Return the handler with its refusals turned into pages."""

        async def handle(request: web.Request) -> web.Response:
            try:
                response = await handler(request)
            except LoginNotFound:
                query = {name: request.query[name] for name in ("return_url", "locale") if name in request.query}
                location = f"{_path(request)}?{urlencode(query)}" if query else _path(request)
                response = web.Response(status=303, headers={**_HEADERS, "Location": location})
            except GatepostError as refusal:
                response = self._problem(request, refusal)
            if self.public_url.startswith("https://"):
                response.headers["Strict-Transport-Security"] = _HSTS
            return response

        return handle

    async def refuse(self, request: web.Request, trouble: Exception) -> web.StreamResponse:
        """Return the page that says no, because of ``trouble`` that is none of ours to word."""
        status = _status_of(trouble)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            extra = {"request_id": request_id_of(request, self.entropy)}
            logger.error("a bug in answering a request", exc_info=trouble, extra=extra)
        accepted = request.headers.get("Accept-Language", "")
        response = _problem_page(_PROBLEMS_BY_STATUS.get(status, "problem_request"), status, accepted)
        response.headers.update(refusal_headers(trouble))
        return response

    def unreadable(self, status: int) -> web.Response:
        """Return the page for a request that is none; in which language it asks nobody knows."""
        return _problem_page(_PROBLEMS_BY_STATUS.get(status, "problem_request"), status, "")

    async def _asked(self, request: web.Request, requested: str | None, fields: Any) -> tuple[App, str, str]:  # noqa: ANN401
        """Return app, return address and language; refuse an address that is not allowed before anything else."""
        app = await self._app(request)
        return_url = app.checked_return_url(requested)
        if return_url is None:
            raise ReturnUrlNotAllowed
        locale = str(fields.get("locale") or "")
        return app, return_url, _WORDS.spoken(locale, request.headers.get("Accept-Language", ""))

    async def _app(self, request: web.Request) -> App:
        return await self.apps.enabled(AppId(request.match_info["app_id"]))

    def _check_origin(self, request: web.Request) -> None:
        """Refuse a form that another site's page sent (``security``, T30)."""
        if request.headers.get("Origin", self.public_url) != self.public_url:
            raise AppNotFound

    def _hold(self, response: web.Response, started: StartedLogin, return_url: str) -> None:
        held = [
            started.session_id,
            {messenger.value: link for messenger, link in started.links.items()},
            started.code,
            started.login.asked.match.number if started.login.asked.match else 0,
            return_url,
        ]
        app_id = started.app.app_id
        sealed = self.seal.seal(json.dumps(held).encode(), f"login cookie {app_id}")
        response.set_cookie(
            _COOKIE,
            urlsafe_b64encode(sealed).decode(),
            max_age=_COOKIE_SECONDS,
            path=f"/login/{app_id}",
            secure=self.public_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )

    def _held(self, request: web.Request) -> _Held:
        """Return what the cookie holds; raise ``LoginNotFound`` without one of ours."""
        context = f"login cookie {request.match_info['app_id']}"
        try:
            plain = self.seal.open(urlsafe_b64decode(request.cookies.get(_COOKIE, "").encode()), context)
        except (ValueError, SealBrokenError):
            raise LoginNotFound from None
        return _Held(*json.loads(plain))

    def _standing(self, seen: Seen, held: _Held) -> dict[str, Any]:
        left = (seen.login.asked.expires_at - self.sign_in.clock.now()).total_seconds()
        return {
            "is_waiting": seen.status is Status.PENDING,
            "is_opened": seen.login.claim is not None,
            "is_lapsed": seen.answer_seconds(self.sign_in.clock.now()) == 0,
            "chats": {messenger: _chat_of(link) for messenger, link in held.links.items()},
            "number": held.number,
            "links": held.links,
            "codes": {messenger: qr_code(link) for messenger, link in held.links.items()},
            "looks": self.looks,
            "code": shown(held.code),
            "minutes": str(max(1, math.ceil(left / 60))),
            "ending": _ending(seen),
            "again": _again(seen, held),
        }

    def _page(self, template: str, language: str, *, app: App, **fields: Any) -> web.Response:  # noqa: ANN401
        filled = {
            "app_id": app.app_id,
            "title": _WORDS.say(language, "title", app=app.name),
            "domain": _domain(app.shown_origin or self.public_url),
            "logo": logo_address(app, ""),
            **fields,
        }
        return _rendered(template, language, 200, filled)

    def _problem(self, request: web.Request, refusal: GatepostError) -> web.Response:
        request[CODE] = refusal.code
        language = _WORDS.spoken(request.query.get("locale"), request.headers.get("Accept-Language", ""))
        key = _PROBLEMS.get(refusal.kind, "problem_busy")
        fields = {"title": _WORDS.say(language, key), "advice": _WORDS.say(language, f"{key}_help")}
        response = _rendered("problem.html", language, STATUS[refusal.kind], fields)
        if isinstance(refusal, TooManyRequests):
            response.headers["Retry-After"] = str(refusal.retry_after)
        return response


def _status_of(trouble: Exception) -> int:
    match trouble:
        case web.HTTPException():
            return trouble.status
        case web.RequestPayloadError():
            return HTTPStatus.BAD_REQUEST
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR


def _problem_page(key: str, status: int, accepted: str) -> web.Response:
    language = _WORDS.spoken(None, accepted)
    fields = {"title": _WORDS.say(language, key), "advice": _WORDS.say(language, f"{key}_help")}
    return _rendered("problem.html", language, status, fields)


def _rendered(template: str, language: str, status: int, fields: dict[str, Any]) -> web.Response:
    def say(key: str, **more: str) -> str:
        return _WORDS.say(language, key, **more)

    html = _templates().get_template(template).render(language=language, say=say, **fields)
    return web.Response(text=html, content_type="text/html", status=status, headers=_HEADERS)


@cache
def _templates() -> Any:  # noqa: ANN401 - the library is imported by the first page
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 40 ms a start can do without

    return Environment(
        loader=PackageLoader("http_api.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


def _ending(seen: Seen) -> str:
    if isinstance(seen.login, Cancelled):
        return {"wrong_number": "wrong_number", "not_me": "not_me"}.get(seen.login.reason.value, "cancelled")
    return "expired"


def _chat_of(link: str) -> str:
    """Return the address of the bot's chat itself, without what a login's link carries."""
    return link.partition("?")[0]


def _again(seen: Seen, held: _Held) -> str:
    query = {"return_url": held.return_url, "locale": seen.login.asked.locale or ""}
    return f"/login/{seen.app.app_id}?{urlencode(query)}"


def _returned(held: _Held) -> str:
    """Return the site's address with the session id added, what was in its query before being kept."""
    mark = "&" if "?" in held.return_url else "?"
    return f"{held.return_url}{mark}session_id={held.session_id}"


def _path(request: web.Request) -> str:
    return f"/login/{request.match_info['app_id']}"


def _domain(url: str) -> str:
    return origin_of(url).partition("://")[2]
