"""A site that is not ours, with the widget on its page, and what its visitors do there."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from playwright.async_api import Page, expect

from emulator.people import Person
from tests.stories.town import Json, Town

HOST = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>Site</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<body><h1>Site</h1>{body}</body></html>"""
START = """const told = [];
const listen = (name) => (detail) => { told.push([name, detail]); };
const names = ["Ready", "Opened", "Success", "Cancel", "Expire", "Error"];
const hears = Object.fromEntries(names.map((name) => [`on${name}`, listen(name)]));
var start = (options) => AuthBotsWidget.init({ ...hears, ...options });
"""
"""Writes down in ``told`` what the page is told."""


@dataclass
class Site:
    """Pages by path, each with its headers; ``origin`` is where they are."""

    origin: str
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def show(self, body: str, path: str = "/", lang: str = "en", **headers: str) -> str:
        """Put a page up, and return its address; headers are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (HOST.format(lang=lang, body=body), named)
        return f"{self.origin}{path}"

    def embed(self, here: Town, lang: str = "en", **options: object) -> str:
        """Put up a page with the widget in ``#login``, as the documentation shows it, and return its address."""
        wishes = json.dumps({"app_id": here.app.app_id, "container": "#login", **options})
        body = f"""<div id="login"></div><script src="{here.url}/widget.js"></script>
            <script>{START} var widget = start({wishes});</script>"""
        return self.show(body, lang=lang)


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """Serve a site's pages; whatever else is asked for is an empty page, so that redirects arrive."""

    async def show(request: web.Request) -> web.Response:
        body, headers = site.pages.get(request.path, (HOST.format(lang="en", body="arrived"), {}))
        kind = "text/javascript" if request.path.endswith(".js") else "text/html"
        return web.Response(text=body, content_type=kind, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site = Site(f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield site
    await runner.cleanup()


async def told(page: Page, name: str) -> Json:
    """Wait until the page was told ``name`` (such as ``Success``), and return what."""
    await page.wait_for_function("(name) => told.some(([each]) => each === name)", arg=name)
    detail: Json = await page.evaluate("(name) => told.findLast(([each]) => each === name)[1]", name)
    return detail


async def number_of(page: Page, place: str = "") -> str:
    """Return the number that a widget shows, once it shows one."""
    digits = page.locator(f"{place} .wait:not([data-state=loading]) .digits > [aria-hidden]").first
    await expect(digits).to_have_text(re.compile(r"^\d\d$"))
    return await digits.inner_text()


async def ask(here: Town, page: Page, person: Person, messenger: str = "telegram", place: str = "") -> str:
    """Open the link of a widget's button on the person's phone, up to the bot's question; return the right number."""
    number = await number_of(page, place)
    link = page.locator(f"{place} [data-messenger={messenger}] a.way").first
    await here.handset(messenger).ask(person, await link.get_attribute("href") or "")
    return number


async def log_in(here: Town, page: Page, person: Person, messenger: str = "telegram", place: str = "") -> None:
    """Do on the phone all that a login takes."""
    number = await ask(here, page, person, messenger, place)
    await here.handset(messenger).tap(person, number)


def other_button(here: Town, person: Person, number: str) -> str:
    """Return a number that the bot offers and the page does not show."""
    return next(label for label in here.handset("telegram").labels(person)[:3] if label != number)
