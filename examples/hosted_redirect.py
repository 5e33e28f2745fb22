"""Way 1, the hosted page: a link to Gatepost's own login page, which sends the visitor back to /callback."""

# GATEPOST_URL=http://127.0.0.1:8080 APP_ID=… PORT=8083 python examples/hosted_redirect.py
# `make demo` prints these settings; for a Gatepost and an app of your own see README.md.

import asyncio
import os
import secrets
from html import escape
from urllib.parse import quote

import aiohttp
import jwt
from aiohttp import web

GATEPOST, APP_ID, PORT = os.environ["GATEPOST_URL"], os.environ["APP_ID"], int(os.environ["PORT"])
SITE = f"http://127.0.0.1:{PORT}"  # as visitors see it; once that is https, set the cookies with secure=True
KEYS = jwt.PyJWKClient(f"{GATEPOST}/.well-known/jwks.json", cooldown_duration=0)  # asks again for an unknown kid
names: dict[str, str] = {}  # who is logged in, by the random value of their cookie


async def redeem(session_id: str) -> dict[str, str]:  # which works once; the claims are verified
    async with aiohttp.request("GET", f"{GATEPOST}/api/v1/auth/session/{quote(session_id, '')}?type=full") as answer:
        token = (await answer.json()).get("token", "")
    try:
        key = await asyncio.to_thread(KEYS.get_signing_key_from_jwt, token)
        return jwt.decode(token, key, ["RS256"], {"require": ["exp"]}, audience=APP_ID, issuer=GATEPOST, leeway=30)
    except jwt.PyJWTError:
        raise web.HTTPForbidden(text="This login was not confirmed, or is used up.") from None


async def home(request: web.Request) -> web.Response:
    name = names.get(request.cookies.get("visitor", ""))
    text = f"Hello, {escape(name)}!" if name else '<a href="/log-in">Log in</a>'
    return web.Response(text=text, content_type="text/html")


async def log_in(_request: web.Request) -> web.Response:
    state, login = secrets.token_urlsafe(), f"{GATEPOST}/login/{APP_ID}"
    response = web.HTTPSeeOther(f"{login}?return_url={quote(f'{SITE}/callback?state={state}', '')}")
    response.set_cookie("state", state, max_age=900, httponly=True, samesite="Lax")
    raise response


async def callback(request: web.Request) -> web.Response:
    state = request.cookies.get("state")
    if not state or state != request.query.get("state"):  # else a link could log you in as somebody else
        raise web.HTTPForbidden(text="This login was started in another browser.")
    visitor, response = secrets.token_urlsafe(), web.HTTPSeeOther("/")
    names[visitor] = (await redeem(request.query.get("session_id", "")))["first_name"]
    response.set_cookie("visitor", visitor, httponly=True, samesite="Lax")
    response.del_cookie("state")
    raise response


app = web.Application()
app.add_routes([web.get("/", home), web.get("/log-in", log_in), web.get("/callback", callback)])
web.run_app(app, host="127.0.0.1", port=PORT)
