"""A site's own page, on its own origin, in a real browser: the polling loop that the contract describes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from core.model.apps.app import MatchPolicy
from tests.stories.town import Json, Town, town

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Flow C of the contract: create, show the links, ask `type=status&poll=true` until the status says otherwise, then one
# `type=full`. The loop reads `status` from the parsed body and never looks at the HTTP status.
PAGE = """<!doctype html><title>Site</title><p id="status"></p><pre id="result"></pre>
<script>
async function login(base, appId) {
  const created = await fetch(base + '/api/v1/auth/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ app_id: appId, locale: 'ru', return_url: location.origin + '/callback' })
  });
  const session = await created.json();
  window.session = session;
  while (true) {
    const res = await fetch(base + '/api/v1/auth/session/' + session.session_id + '?type=status&poll=true');
    const data = await res.json();
    document.getElementById('status').textContent = data.status + (data.messenger_opened ? ' opened' : '');
    if (data.status === 'confirmed') break;
    if (data.status === 'expired' || data.status === 'cancelled') return;
  }
  const full = await fetch(base + '/api/v1/auth/session/' + session.session_id + '?type=full');
  document.getElementById('result').textContent = JSON.stringify(await full.json());
}
</script>"""


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[str]:
    """Return the origin of a site that is not ours."""

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path, site: str) -> AsyncIterator[Town]:
    """Return a town whose app allows the site, and the page of before that shows no number."""
    async with town(tmp_path) as built:
        await built.daemon.keepers.reached()
        await built.daemon.services.apps.change(
            replace(built.app, origins=(site,), redirect_url=None, match_policy=MatchPolicy.OFF)
        )
        yield built


async def begin(page: Page, here: Town, site: str) -> Json:
    """Open the site's page, start its loop, and return the session it made."""
    await page.goto(site)
    await page.evaluate("([base, app]) => { login(base, app) }", [here.url, here.app.app_id])
    await page.wait_for_function("window.session")
    session: Json = await page.evaluate("window.session")
    return session


async def test_the_contracts_polling_loop_logs_in_from_another_origin(chromium: Browser, here: Town, site: str) -> None:
    """Cross-origin, without credentials: created, opened, confirmed, and the whole profile arrives."""
    page = await chromium.new_page()
    anna = here.visitor(language_code="en")
    await here.ask(anna, await begin(page, here, site))
    await expect(page.locator("#status")).to_have_text("pending opened")
    await here.tap(anna, "Log in")
    await expect(page.locator("#result")).to_contain_text('"token":"ey')
    await expect(page.locator("#result")).to_contain_text(f'"user_id":"{anna.id}"')
    await expect(page.locator("#result")).to_contain_text('"poll_type":"full"')


async def test_the_loop_stops_when_the_login_is_cancelled(chromium: Browser, here: Town, site: str) -> None:
    """``cancelled`` ends the loop, and no token follows."""
    page = await chromium.new_page()
    anna = here.visitor(language_code="en")
    await here.ask(anna, await begin(page, here, site))
    await here.tap(anna, "Cancel")
    await expect(page.locator("#status")).to_have_text("cancelled opened")
    await expect(page.locator("#result")).to_be_empty()
