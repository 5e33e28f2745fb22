"""Way 2, the widget: visitors log in on the site's own page, which hands the session to the site's server."""

# GATEPOST_URL=http://127.0.0.1:8080 APP_ID=… PORT=8083 python examples/widget.py
# `make demo` prints these settings; for a Gatepost and an app of your own see README.md.

import asyncio
import os
from urllib.parse import quote

import aiohttp
import jwt
from aiohttp import web

GATEPOST, APP_ID, PORT = os.environ["GATEPOST_URL"], os.environ["APP_ID"], int(os.environ["PORT"])
SITE = f"http://127.0.0.1:{PORT}"  # as visitors see it
KEYS = jwt.PyJWKClient(f"{GATEPOST}/.well-known/jwks.json", cooldown_duration=0)  # asks again for an unknown kid
POLICY = f"default-src 'none'; script-src 'self' {GATEPOST}; connect-src 'self' {GATEPOST}; img-src {GATEPOST}"
PAGE = f"""<!doctype html><html lang="en"><title>My site</title><meta name="viewport" content="width=device-width">
<h1 id="said">Log in</h1><div id="login" data-app="{APP_ID}"></div>
<script src="{GATEPOST}/widget.js"></script><script src="/page.js"></script>"""
SCRIPT = """AuthBotsWidget.init({
  app_id: document.getElementById("login").dataset.app, container: "#login", poll_type: "status",
  onSuccess: async ({ session_id }) => {
    const answer = await fetch("/log-in", { method: "POST", body: session_id });
    document.getElementById("said").textContent = await answer.text();
  },
});"""


async def redeem(session_id: str) -> dict[str, str]:  # which works once; the claims are verified
    async with aiohttp.request("GET", f"{GATEPOST}/api/v1/auth/session/{quote(session_id, '')}?type=full") as answer:
        token = (await answer.json()).get("token", "")
    try:
        key = await asyncio.to_thread(KEYS.get_signing_key_from_jwt, token)
        return jwt.decode(token, key, ["RS256"], {"require": ["exp"]}, audience=APP_ID, issuer=GATEPOST, leeway=30)
    except jwt.PyJWTError:
        raise web.HTTPForbidden(text="This login was not confirmed, or is used up.") from None


async def page(request: web.Request) -> web.Response:
    if request.path == "/page.js":
        return web.Response(text=SCRIPT, content_type="text/javascript")
    return web.Response(text=PAGE, content_type="text/html", headers={"Content-Security-Policy": POLICY})


async def log_in(request: web.Request) -> web.Response:
    if request.headers.get("Origin") != SITE:  # else another site could log you in as somebody else
        raise web.HTTPForbidden
    claims = await redeem(await request.text())  # now set your session cookie, as hosted_redirect.py does
    return web.Response(text=f"Hello, {claims['first_name']}!")


app = web.Application()
app.add_routes([web.get("/", page), web.get("/page.js", page), web.post("/log-in", log_in)])
web.run_app(app, host="127.0.0.1", port=PORT)
