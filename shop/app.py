"""A website in a few lines: its page shows Gatepost's widget, its server verifies the token and writes to the visitor.

This is the "widget" way of ``docs/site-api.md``, on a page with a strict Content-Security-Policy. The token is checked
with PyJWT against the JWKS, as any site would, and messages go out by phone number.
"""

from importlib import resources
from typing import Final
from urllib.parse import quote

import aiohttp
import jwt
from aiohttp import web
from aiohttp.typedefs import Handler

_FILES: Final = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self' {gatepost}; connect-src 'self' {gatepost}; img-src 'self' {gatepost}; "
    "style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


_TEAPOT: Final = {
    "en": "Your teapot is on its way: order 17, The Jade. Thank you!",
    "ru": "Ваш чайник уже в пути: заказ 17, «Нефрит». Спасибо!",
}


def create_shop(gatepost_url: str, app_id: str, message_token: str) -> web.Application:
    """Return the shop for the app ``app_id`` of the Gatepost at ``gatepost_url`` (without a slash at the end).

    ``message_token`` lets it write to visitors who logged in.
    """
    page = _read("page.html").replace("{{gatepost_url}}", gatepost_url).replace("{{app_id}}", app_id)
    policy = _POLICY.format(gatepost=gatepost_url)

    async def log_in(request: web.Request) -> web.Response:
        """Redeem the session the page waited for, once, and verify what came."""
        _check_origin(request)
        answer = await redeem(gatepost_url, await request.text())
        if "token" not in answer:
            return web.json_response({"error": answer.get("error", answer.get("status"))}, status=400)
        claims = await verify(gatepost_url, app_id, str(answer["token"]))
        return web.json_response({"user": answer["user"], "claims": claims, "token": answer["token"]})

    async def order(request: web.Request) -> web.Response:
        """Sell a teapot to the holder of a token of ours, and write to the phone that the token vouches for."""
        _check_origin(request)
        try:
            claims = await verify(gatepost_url, app_id, (await request.text()).strip())
        except (jwt.PyJWTError, KeyError):
            return web.json_response({"error": "not_logged_in"}, status=401)
        text = _TEAPOT["ru" if request.query.get("lang") == "ru" else "en"]
        answer = await write_to(gatepost_url, message_token, claims, text)
        return web.json_response({"platform": answer.get("platform"), "status": answer.get("status", "failed")})

    shop = web.Application()
    shop.router.add_get("/", _serving(page, "text/html", {"Content-Security-Policy": policy}))
    for name, kind in _FILES.items():
        shop.router.add_get(f"/{name}", _serving(_read(name), kind, {}))
    shop.router.add_post("/log-in", log_in)
    shop.router.add_post("/order", order)
    return shop


async def write_to(gatepost_url: str, message_token: str, claims: dict[str, object], text: str) -> dict[str, object]:
    """Have Gatepost bring a text to the phone of a token, by the messenger just used if it can; return its answer."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
        session.post(
            f"{gatepost_url}/api/v1/message/send",
            json={"recipient": claims["phone"], "message": text, "platform": claims["type"]},
            headers={"X-Authorization": f"token {message_token}"},
        ) as response,
    ):
        answer: dict[str, object] = await response.json()
        return answer


async def redeem(gatepost_url: str, session_id: str) -> dict[str, object]:
    """Ask Gatepost for the token and the user of a confirmed session; it answers so once."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.get(f"{gatepost_url}/api/v1/auth/session/{quote(session_id, safe='')}?type=full") as response,
    ):
        answer: dict[str, object] = await response.json()
        return answer


async def verify(gatepost_url: str, app_id: str, token: str) -> dict[str, object]:
    """Return the claims of a token signed by Gatepost for this shop; raise ``jwt.PyJWTError`` for any other."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.get(f"{gatepost_url}/.well-known/jwks.json") as response,
    ):
        keys = jwt.PyJWKSet.from_dict(await response.json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, object] = jwt.decode(
        token, key, algorithms=["RS256"], issuer=gatepost_url, audience=app_id, options={"require": ["exp"]}
    )
    return claims


def _check_origin(request: web.Request) -> None:
    if request.headers.get("Origin") != str(request.url.origin()):
        raise web.HTTPForbidden(text="This did not come from the shop's own page.")


def _read(name: str) -> str:
    return (resources.files("shop") / name).read_text(encoding="utf-8")


def _serving(text: str, kind: str, headers: dict[str, str]) -> Handler:
    """Return a handler that answers with ``text``; ``no-cache``, because another shop may come to this address."""

    async def serve(_request: web.Request) -> web.Response:
        always = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return web.Response(text=text, content_type=kind, headers={**always, **headers})

    return serve
