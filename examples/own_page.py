"""Way 3, a page of your own on the API: it starts a login, shows links and number, and waits for the answer."""

# GATEPOST_URL=http://127.0.0.1:8080 APP_ID=… PORT=8083 python examples/own_page.py
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
PAGE = """<!doctype html><html lang="en"><title>My site</title><h1 role="status"></h1><nav></nav><script type="module">
const [said, nav] = document.querySelectorAll("h1, nav");
const ask = async (path, options) => (await fetch("{{GATEPOST}}/api/v1/auth/session" + path, options)).json();
const rest = () => new Promise((wake) => setTimeout(wake, 2000, { status: "pending" })); // the connection was lost
async function logIn(body) {
  const session = await ask("", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!session.success) return (said.textContent = session.message);
  said.textContent = `Pick ${session.match_number} in the bot`;
  const link = (name) => ({ text: name, href: session.links[name], target: "_blank" });
  for (const name of session.display_order) nav.append(Object.assign(document.createElement("a"), link(name)), " ");
  let state;
  do state = await ask(`/${session.session_id}?type=status&poll=true`).catch(rest); while (state.status === "pending");
  const isIn = state.status === "confirmed" && await fetch("/log-in", { method: "POST", body: session.session_id });
  said.textContent = isIn ? await isIn.text() : `Not logged in: ${state.cancel_reason ?? state.status ?? state.error}`;
}
logIn(JSON.stringify({ app_id: "{{APP_ID}}", match: true }));
</script>""".replace("{{GATEPOST}}", GATEPOST).replace("{{APP_ID}}", APP_ID)


async def redeem(session_id: str) -> dict[str, str]:  # which works once; the claims are verified
    async with aiohttp.request("GET", f"{GATEPOST}/api/v1/auth/session/{quote(session_id, '')}?type=full") as answer:
        token = (await answer.json()).get("token", "")
    try:
        key = await asyncio.to_thread(KEYS.get_signing_key_from_jwt, token)
        return jwt.decode(token, key, ["RS256"], {"require": ["exp"]}, audience=APP_ID, issuer=GATEPOST, leeway=30)
    except jwt.PyJWTError:
        raise web.HTTPForbidden(text="This login was not confirmed, or is used up.") from None


async def page(_request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def log_in(request: web.Request) -> web.Response:
    if request.headers.get("Origin") != SITE:  # else another site could log you in as somebody else
        raise web.HTTPForbidden
    claims = await redeem(await request.text())  # now set your session cookie, as hosted_redirect.py does
    return web.Response(text=f"Hello, {claims['first_name']}!")


app = web.Application()
app.add_routes([web.get("/", page), web.post("/log-in", log_in)])
web.run_app(app, host="127.0.0.1", port=PORT)
