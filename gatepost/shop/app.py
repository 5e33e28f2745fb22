"""A website in a few lines: its page starts a login and waits, its server redeems and verifies the token.

This is the "own page over the API" way of ``docs/site-api.md``. The token is checked with PyJWT against the JWKS, as
any site would.
"""

from importlib import resources
from urllib.parse import quote

import aiohttp
import jwt
from aiohttp import web


def create_shop(gatepost_url: str, app_id: str) -> web.Application:
    """Return the shop for the app ``app_id`` of the Gatepost at ``gatepost_url`` (without a slash at the end)."""
    page = (resources.files("gatepost.shop") / "page.html").read_text(encoding="utf-8")
    shop = web.Application()

    async def show_page(_request: web.Request) -> web.Response:
        filled = page.replace("{{gatepost_url}}", gatepost_url).replace("{{app_id}}", app_id)
        return web.Response(text=filled, content_type="text/html")

    async def log_in(request: web.Request) -> web.Response:
        """Redeem the session the page waited for, once, and verify what came."""
        session_id = str((await request.json())["session_id"])
        answer = await redeem(gatepost_url, session_id)
        if "token" not in answer:
            return web.json_response({"error": answer.get("error", answer.get("status"))}, status=400)
        claims = await verify(gatepost_url, app_id, str(answer["token"]))
        return web.json_response({"user": answer["user"], "claims": claims, "token": answer["token"]})

    shop.router.add_get("/", show_page)
    shop.router.add_post("/log-in", log_in)
    return shop


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
    claims: dict[str, object] = jwt.decode(token, key, algorithms=["RS256"], issuer=gatepost_url, audience=app_id)
    return claims
