"""A town whose app allows a site on another origin, and the browsers that visit it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.widget.site import Site, open_site
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Json, Town, town

MESSENGERS = ("telegram", "max", "whatsapp")
PHONE: Json = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP: Json = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def clock() -> MovedClock:
    """Return the clock of ``here``."""
    return MovedClock()


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    """Serve a site that is not ours."""
    async with open_site() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path, site: Site, clock: MovedClock) -> AsyncIterator[Town]:
    """Return a town with all messengers, whose app allows the site."""
    async with town(tmp_path, clock, messengers=MESSENGERS) as built:
        await built.daemon.keepers.reached()
        built.app = replace(built.app, origins=(site.origin,), redirect_url=None)
        await built.daemon.services.apps.change(built.app)
        yield built


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Return what opens an address in a browser of its own, where no script may fail and no policy be broken."""
    troubles: list[str] = []
    async with AsyncExitStack() as contexts:

        async def open_page(address: str, **options: Any) -> Page:  # noqa: ANN401 - Playwright's own options
            context = await chromium.new_context(**{"locale": "en-GB", **DESKTOP, **options})
            contexts.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("console", lambda said: troubles.append(said.text) if "Policy" in said.text else None)
            await page.goto(address)
            return page

        yield open_page
    assert troubles == []
