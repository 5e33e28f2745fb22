"""What the pages have sites do for a login, in Python and JavaScript, against the daemon, while keys rotate."""

import asyncio
import secrets  # noqa: TID251 - what the page takes
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import jwt
import pytest
from aiohttp import web

from tests.examples.forger import APP_ID, CLOCKS_APART, SESSION, forging
from tests.ports import free_port
from tests.snippets.node import Node, node
from tests.snippets.pages import block
from tests.stories.town import SITE, Json, Town, town

PAGE: Final = "docs/site-api.md"
AROUND: Final = """
const call = async (path, options) => (await fetch(new URL(path, GATEPOST), options)).json();
const get = (path) => call(path);
const post = async (path, body) => {
  const headers = { "Content-Type": "application/json", Origin: "https://shop.example.com" };
  const session = await call(path, { method: "POST", headers, body: JSON.stringify(body) });
  console.log(JSON.stringify(session));
  for await (const _ of process.stdin) break; // the visitor has logged in
  process.stdin.destroy();
  return session;
};
"""
"""``post`` tells the session, and goes on when it is told a line."""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Town]:
    """Return a town at an address that tokens can name as their issuer."""
    address = f"127.0.0.1:{free_port()}"
    async with town(tmp_path, http={"public_url": f"http://{address}", "listen": address}) as built:
        await built.daemon.keepers.reached()
        yield built


def server(gatepost: str, app_id: str) -> SimpleNamespace:
    """Return what the page's Python makes: ``log_in`` and ``callback`` are a site's handlers, ``redeem`` is below."""
    start = "\n    ".join(block(PAGE, "state = secrets.token_urlsafe()").splitlines())
    code = "\n".join(
        (
            block(PAGE, "KEYS = jwt.PyJWKClient"),
            f"async def log_in(request):\n    {start}\n    return response",
            block(PAGE, "async def callback") + "    return web.json_response(claims)",
        )
    )
    names: dict[str, Any] = {"GATEPOST": gatepost, "APP_ID": app_id, "secrets": secrets, "quote": quote}
    names |= {"web": web, "jwt": jwt, "aiohttp": aiohttp, "asyncio": asyncio}
    exec(code.replace("https://id.example.com", gatepost), names)  # noqa: S102 - our own page
    return SimpleNamespace(**{name: names[name] for name in ("log_in", "callback", "redeem")})


async def test_the_python_of_the_page_logs_in_through_a_rotation(here: Town) -> None:
    """The keys that it keeps are asked for again when another one signs, also when the old are dropped (faults 4.7)."""
    site, anna = server(here.url, here.app.app_id), here.visitor(phone="+79991234567")
    for drop_old in (None, False, True):
        if drop_old is not None:
            await here.daemon.services.keys.rotate(drop_old=drop_old)
        session = await here.log_in(anna)
        claims = await site.redeem(session["session_id"])
        assert (claims["first_name"], claims["phone"]) == ("Anna", "+79991234567")
        with pytest.raises(jwt.PyJWTError):
            await site.redeem(session["session_id"])


async def test_the_hosted_page_s_handlers_hold_the_visitor_s_state(here: Town) -> None:
    """The address has the state that the cookie has; a callback of somebody else's is refused."""
    site = server(here.url, here.app.app_id)
    response = await site.log_in(SimpleNamespace())
    address = urlsplit(response.headers["Location"])
    (return_url,) = parse_qs(address.query)["return_url"]
    (state,) = parse_qs(urlsplit(return_url).query)["state"]
    assert response.cookies["state"].value == state
    async with here.browser.get(response.headers["Location"]) as page:
        assert page.status == 200
    session = await here.log_in(here.visitor())
    back = {"state": state, "session_id": session["session_id"]}
    for cookies in ({}, {"state": "another"}):
        with pytest.raises(web.HTTPForbidden):
            await site.callback(SimpleNamespace(cookies=cookies, query=back))
    answer = await site.callback(SimpleNamespace(cookies={"state": state}, query=back))
    assert b'"first_name": "Anna"' in answer.body


async def test_clocks_may_be_twenty_seconds_apart() -> None:
    """In either direction; two minutes are too much, and so is another app's token (faults 4.7)."""
    async with forging() as forger:
        site = server(forger.url, APP_ID)
        for seconds in CLOCKS_APART:
            forger.token = forger.apart(**seconds)
            assert (await site.redeem(SESSION))["first_name"] == "Anna"
        for token in (forger.apart(exp=-120), forger.signed(aud="another"), forger.signed(exp=None), forger.confused()):
            forger.token = token
            with pytest.raises(jwt.PyJWTError):
                await site.redeem(SESSION)


async def visited(here: Town, program: Node) -> Json:
    """Log somebody in who sees the program's page, and return the session."""
    session: Json = await program.told()
    anna = here.visitor()
    await here.ask(anna, session)
    await here.tap(anna, str(session["match_number"]))
    await program.tell("go on")
    return session


async def test_the_readme_s_login_runs(here: Town) -> None:
    """To the token, by Node; again after a rotation of signing keys."""
    code = block("README.md", "const { session_id, links, match_number }")
    code = code.replace("https://id.example.com", here.url).replace("YOUR_APP_ID", here.app.app_id)
    program_code = (
        f"const GATEPOST = '{here.url}';{AROUND}{code}console.log(JSON.stringify({{ status, token, user }}));"
    )
    for _ in range(2):
        async with node(program_code) as program:
            await visited(here, program)
            end = await program.told()
        assert (end["status"], end["user"]["first_name"]) == ("confirmed", "Anna")
        assert jwt.get_unverified_header(end["token"])["kid"] in await published(here)
        await here.daemon.services.keys.rotate()


async def published(here: Town) -> list[str]:
    """Return the ids of the keys that anybody may fetch."""
    async with here.browser.get(f"{here.url}/.well-known/jwks.json") as answer:
        return [key["kid"] for key in (await answer.json())["keys"]]


async def test_one_s_own_page_runs(here: Town) -> None:
    """By Node: it shows the links in the app's order, rests when the connection is lost, and hands the session over."""
    code = block(PAGE, "show(session.match_number").replace("YOUR_APP_ID", here.app.app_id)
    around = AROUND.replace(
        "const get = (path) =>",
        "let asked = 0;\nconst get = async (path) => asked++ === 0 ? Promise.reject(Error('lost')) :",
    )
    more = """
    const shown = [];
    const show = (...what) => shown.push(what);
    const rest = async () => ({ status: "pending" });
    const gatepost = globalThis.fetch;
    const handOver = (options) => console.log(JSON.stringify([shown, options]));
    globalThis.fetch = (path, options) => path === "/log-in" ? handOver(options) : gatepost(path, options);
    """
    async with node(f"const GATEPOST = '{here.url}';{around}{more}{code}") as program:
        session = await visited(here, program)
        shown, handed = await program.told()
    assert shown == [[session["match_number"], [session["links"]["telegram"]]]]
    assert handed == {"method": "POST", "body": session["session_id"]}


async def test_the_widget_s_options_hand_the_session_over() -> None:
    """To the site's own server, then on to the account; the widget itself is driven in Chromium by the examples."""
    around = """
    const told = [];
    const location = { assign: (path) => told.push(path) };
    globalThis.fetch = async (path, options) => told.push([path, options]);
    const AuthBotsWidget = { init: async ({ onSuccess, ...options }) => {
      await onSuccess({ session_id: "683f", app_id: options.app_id });
      console.log(JSON.stringify({ options, told }));
    } };
    """
    async with node(around + block(PAGE, "AuthBotsWidget.init")) as program:
        end = await program.told()
    assert end["options"] == {"app_id": "YOUR_APP_ID", "container": "#login", "poll_type": "status"}
    assert end["told"] == [["/log-in", {"method": "POST", "body": "683f"}], "/account"]


async def test_the_readme_s_message_is_sent_through_a_rotation_of_keys(here: Town) -> None:
    """By curl, with the old message token and the new one, to somebody who has logged in (faults 4.7)."""
    here.app = await here.daemon.services.apps.change(replace(here.app, origins=(SITE,)))
    anna = here.visitor(phone="+79001234567")
    session = await here.log_in(anna)
    await here.poll(session, type="full")
    command = block("README.md", "api/v1/message/send").replace("https://id.example.com", here.url)
    tokens = [(await here.daemon.services.apps.rotate_keys(here.app.app_id)).message_api_token for _ in range(2)]
    for token, expected in ((tokens[0], True), (tokens[1], True), ("gp_msg_wrong", False)):
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euc", command.replace("curl ", "curl -s ", 1)),
            env={"PATH": "/usr/bin:/bin", "MESSAGE_TOKEN": token, "NO_PROXY": "*"},
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        assert (b'"success": true' in said.replace(b'":true', b'": true')) is expected, said
    assert here.newest(anna).text.endswith("Your order is ready")
