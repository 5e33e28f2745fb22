"""The hosted login page as a browser without JavaScript sees it, and what guards it. With JavaScript: tests/browser."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from multidict import CIMultiDict
from yarl import URL

from core.apps.administration import Apps
from tests.stories.handsets import Handset
from tests.stories.town import RETURN_URL, Town, town

MESSENGERS = ("telegram", "max", "whatsapp")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class Browser:
    """A browser that has cookies and no JavaScript."""

    def __init__(self, here: Town, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.here = here
        self.page = ""
        self.status = 0
        self.headers: CIMultiDict[str] = CIMultiDict()
        self.location = ""

    async def ask(self, method: str, path: str, **more: object) -> None:
        """Ask for a page of ours, without following where it leads."""
        url = f"{self.here.url}{path}"
        async with self._session.request(method, url, allow_redirects=False, **more) as answer:  # type: ignore[arg-type]
            self.page, self.status = html.unescape(await answer.text()), answer.status
            self.headers, self.location = CIMultiDict(answer.headers), answer.headers.get("Location", "")

    async def open(self, language: str = "en", **query: str) -> None:
        """Open the login page."""
        path = f"/login/{self.here.app.app_id}"
        await self.ask("GET", f"{path}?{urlencode(query)}", headers={"Accept-Language": language})

    async def press(self, name: str, **fields: str) -> None:
        """Press the button of a form, and follow to the waiting page."""
        await self.ask("POST", f"/login/{self.here.app.app_id}/{name}", data=fields)
        assert self.status == 303, self.page
        await self.ask("GET", self.location)

    async def look(self) -> None:
        """Let the page look again, as it does by itself."""
        assert self.headers["Refresh"] == "4"
        await self.ask("GET", f"/login/{self.here.app.app_id}/wait")

    @property
    def number(self) -> str:
        """The number on the page."""
        return str(re.findall(r'class="number">(\d\d)<', self.page)[0])

    def link(self, messenger: str) -> str:
        """Return the address of a messenger's button."""
        return str(re.findall(rf'class="{messenger}" href="([^"]+)"', self.page)[0])


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Return a browser in a town with all messengers."""
    async with town(tmp_path, messengers=MESSENGERS) as here:
        await here.daemon.keepers.reached()
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            yield Browser(here, session)


def apps(browser: Browser) -> Apps:
    """Return the operator's side."""
    return browser.here.daemon.services.apps


@pytest.mark.parametrize("messenger", MESSENGERS)
async def test_a_login_without_javascript(browser: Browser, messenger: str) -> None:
    """One button, links, a number and a page that looks again by itself, up to the site's address with the session."""
    here = browser.here
    await browser.open(return_url=RETURN_URL)
    assert "Log in to Teapot & Co." in browser.page
    assert "shop.example.com" in browser.page
    await browser.press("start", return_url=RETURN_URL, locale="en")
    assert "waiting" not in browser.location
    handset: Handset = here.handset(messenger)
    anna = here.visitor()
    await handset.ask(anna, browser.link(messenger))
    await browser.look()
    assert "Opened in your messenger" in browser.page
    await handset.tap(anna, browser.number)
    await browser.look()
    assert browser.status == 303
    target = URL(browser.location)
    assert str(target.with_query(None)) == "https://shop.example.com/callback"
    assert target.query["from"] == "login"
    full = await here.poll({"session_id": target.query["session_id"]})
    assert full["user"]["type"] == messenger


async def test_a_wrong_number_and_another_try(browser: Browser) -> None:
    """T1: the page says what happened, and *Try again* keeps the return address."""
    here, handset = browser.here, browser.here.handset("telegram")
    await browser.press("start", return_url=RETURN_URL, locale="ru")
    anna = here.visitor()
    await handset.ask(anna, browser.link("telegram"))
    wrong = next(label for label in handset.labels(anna) if label.isdigit() and label != browser.number)
    await handset.tap(anna, wrong)
    await browser.look()
    assert "выбрали другое число" in browser.page
    again = re.findall(r'class="main" href="([^"]+)"', browser.page)[0]
    assert URL(again).query["return_url"] == RETURN_URL
    await browser.ask("GET", again)
    assert browser.status == 200


async def test_cancelling_from_the_page(browser: Browser) -> None:
    """The page says so, and the bot's question loses its buttons."""
    await browser.press("start", return_url=RETURN_URL, locale="en")
    await browser.press("cancel")
    assert "was cancelled" in browser.page


async def test_a_lost_cookie_begins_anew(browser: Browser) -> None:
    """T3, T4: without the cookie of the browser that started there is nothing to see."""
    await browser.ask("GET", f"/login/{browser.here.app.app_id}/wait")
    path = f"/login/{browser.here.app.app_id}"
    assert (browser.status, browser.location) == (303, path)
    await browser.ask("GET", f"{path}/wait?{urlencode({'return_url': RETURN_URL})}")
    assert URL(browser.location).query["return_url"] == RETURN_URL


async def test_what_the_cookie_holds_is_good_as_a_cookie_only(browser: Browser) -> None:
    """T3, T4: HttpOnly, of this path alone, and worth nothing in an address that one could be sent; nor elsewhere."""
    path = f"/login/{browser.here.app.app_id}"
    await browser.ask("POST", f"{path}/start", data={"return_url": RETURN_URL})
    name, _, rest = browser.headers["Set-Cookie"].partition("=")
    value, _, attributes = rest.partition(";")
    assert {"HttpOnly", "SameSite=Lax", f"Path={path}"} <= {each.strip() for each in attributes.split(";")}
    async with aiohttp.ClientSession() as stranger:
        elsewhere = Browser(browser.here, stranger)
        await elsewhere.ask("GET", f"{path}/wait?{urlencode({name: value})}")
        assert elsewhere.status == 303
        await elsewhere.ask("GET", f"/login/{'f' * 24}/wait", headers={"Cookie": f"{name}={value}"})
        assert elsewhere.status == 303
        await elsewhere.ask("GET", f"{path}/wait", headers={"Cookie": f"{name}={value}"})
        assert elsewhere.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"},
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    ],
)
async def test_what_is_no_form_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    """A page says so, and nothing is started."""
    await browser.ask("POST", f"/login/{browser.here.app.app_id}/start", data=b"return_url=\xff\xfe", headers=headers)
    assert browser.status == 400
    assert browser.here.count_logins() == 0


@pytest.mark.parametrize("path", ["%20X:1/wait", "..%2F..%2F%2Fevil.example", "nonsense/start", "f" * 24 + "/x"])
async def test_odd_addresses_are_no_pages(browser: Browser, path: str) -> None:
    """404, in words, and nothing of the address comes back in a header."""
    await browser.ask("GET", f"/login/{path}")
    assert (browser.status, browser.location) == (404, "")
    assert "no such login page" in browser.page


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"return_url": "https://evil.example.com/"}, 400, "wrong return address"),
        ({"return_url": "https://shop.example.com.evil.example/"}, 400, "wrong return address"),
        ({"return_url": "https://shop.example.com@evil.example/"}, 400, "wrong return address"),
        ({"return_url": "javascript:alert(1)"}, 400, "wrong return address"),
        ({"return_url": "https://shop.example.com/\\..\\"}, 400, "wrong return address"),
        ({}, 200, "shop.example.com"),
    ],
)
async def test_nobody_is_sent_to_a_foreign_address(
    browser: Browser, query: dict[str, str], status: int, says: str
) -> None:
    """T14: the address is checked before anything else; the app's own is the default."""
    await browser.open(**query)
    assert browser.status == status
    assert says in browser.page
    await browser.ask("POST", f"/login/{browser.here.app.app_id}/start", data=query)
    assert browser.status == (303 if status == 200 else 400)


async def test_unknown_and_disabled_apps_have_no_page(browser: Browser) -> None:
    """404 and 403, each as a page for people."""
    await browser.ask("GET", f"/login/{'f' * 24}")
    assert (browser.status, "no such login page" in browser.page) == (404, True)
    await browser.ask("GET", "/login/nonsense", headers={"Accept-Language": "ru"})
    assert (browser.status, "Такой страницы входа нет" in browser.page) == (404, True)
    app = browser.here.app
    await apps(browser).change(replace(app, enabled=False))
    await browser.ask("GET", f"/login/{app.app_id}")
    assert (browser.status, "does not accept logins" in browser.page) == (403, True)


async def test_the_headers_of_a_page(browser: Browser) -> None:
    """T30: no frame, no inline script, no referrer, nothing kept; T28: what a site is called cannot become markup."""
    await browser.open(return_url=RETURN_URL)
    policy = browser.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert browser.headers["X-Frame-Options"] == "DENY"
    assert browser.headers["Referrer-Policy"] == "same-origin"
    assert browser.headers["X-Content-Type-Options"] == "nosniff"
    assert browser.headers["Cache-Control"] == "no-store"


async def test_another_sites_form_starts_nothing(browser: Browser) -> None:
    """T30: a form on a foreign page does not start or cancel a login here."""
    path = f"/login/{browser.here.app.app_id}/start"
    await browser.ask("POST", path, data={"return_url": RETURN_URL}, headers={"Origin": "https://evil.example"})
    assert browser.status == 404
    assert browser.here.count_logins() == 0


async def test_names_cannot_become_markup(browser: Browser) -> None:
    """T28: whatever an app is called is text."""
    app = await apps(browser).find(browser.here.app.slug)
    await apps(browser).change(replace(app, name="<script>alert(1)</script>"))
    url = f"{browser.here.url}/login/{app.app_id}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert "&lt;script&gt;alert(1)" in await answer.text()


async def test_a_logo_is_served_and_can_do_nothing(browser: Browser) -> None:
    """The picture of the app, at an address that changes with it."""
    app_id = browser.here.app.app_id
    await browser.ask("GET", f"/login/{app_id}/logo")
    assert browser.status == 404
    changed = await apps(browser).change_logo(app_id, b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
    await browser.open()
    assert f"/login/{app_id}/logo?{changed.logo_digest}" in browser.page
    await browser.ask("GET", f"/login/{app_id}/logo?{changed.logo_digest}")
    assert browser.headers["Content-Type"] == "image/svg+xml"
    assert "sandbox" in browser.headers["Content-Security-Policy"]
    session = await browser.here.create(qr=True)
    assert session["app"]["logo"].endswith(f"/login/{app_id}/logo?{changed.logo_digest}")
    assert set(session["qr"]) == set(MESSENGERS)


async def test_what_every_site_loads(browser: Browser) -> None:
    """The widget and the page's files: small, for every origin, and asked again cheaply."""
    for name in ("/widget.js", "/login/static/page.js", "/login/static/page.css"):
        await browser.ask("GET", name)
        assert browser.status == 200
        assert browser.headers["Access-Control-Allow-Origin"] == "*"
        await browser.ask("GET", name, headers={"If-None-Match": browser.headers["ETag"]})
        assert browser.status == 304


async def test_many_pages_wait_at_once(browser: Browser) -> None:
    """Twenty people who look again and again get their pages."""
    await browser.press("start", return_url=RETURN_URL, locale="en")
    await asyncio.gather(*(browser.look() for _ in range(20)))
    assert browser.status == 200
