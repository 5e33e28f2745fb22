"""The widget's town, and browsers in which the hosted page must not put a foot wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.widget.conftest import DESKTOP, clock, here, site
from tests.browser.widget.site import Site
from tests.stories.town import Town

__all__ = ["clock", "here", "site"]

OFFLINE = "net::ERR_INTERNET_DISCONNECTED"


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, here: Town, site: Site) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Return what opens an address in a browser of its own.

    There the console stays empty, nobody is asked but us and the site, and with JavaScript no cookie is set.
    """
    troubles: list[str] = []
    contexts: list[BrowserContext] = []
    async with AsyncExitStack() as stack:

        async def open_page(address: str, **options: Any) -> Page:  # noqa: ANN401 - Playwright's own options
            context = await chromium.new_context(**{"locale": "en-GB", **DESKTOP, **options})
            stack.push_async_callback(context.close)
            _watch(context, troubles, (here.url, site.origin, "data:", "blob:"))
            if options.get("java_script_enabled", True):
                contexts.append(context)
            page = await context.new_page()
            await page.goto(address)
            return page

        yield open_page
        for context in contexts:
            troubles += [f"cookie {cookie.get('name')}" for cookie in await context.cookies()]
    assert troubles == []


def _watch(context: BrowserContext, troubles: list[str], known: tuple[str, ...]) -> None:
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("console", lambda said: troubles.append(said.text) if OFFLINE not in said.text else None)
    context.on("request", lambda asked: troubles.append(asked.url) if not asked.url.startswith(known) else None)
