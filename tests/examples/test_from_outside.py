"""The examples over HTTP, as a browser without JavaScript, a page's script and a stranger would use them."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from http.cookies import Morsel
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from tests.examples.processes import FILES, example
from tests.stories.town import Json, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTED = [file for file in FILES if file.startswith("hosted_redirect")]
ON_THE_PAGE = [file for file in FILES if file not in HOSTED]


@pytest_asyncio.fixture(loop_scope="session")
async def running(request: pytest.FixtureRequest, here: Town, site: str) -> AsyncIterator[str]:
    """Run the example that the test names; return where it is."""
    async with example(request.param, here.url, here.app.app_id, site):
        yield site


async def read(browser: aiohttp.ClientSession, address: str, **form: str) -> str:
    """Go to a page, or send a form, and read where that leads."""
    async with browser.request("POST" if form else "GET", address, data=form or None) as answer:
        assert answer.status == 200, await answer.text()
        return html.unescape(await answer.text())


async def hand_in(browser: aiohttp.ClientSession, site: str, session: Json, origin: str | None) -> tuple[int, str]:
    """Post a session to the site as its page does; return status and text."""
    headers = {"Origin": origin} if origin else {}
    async with browser.post(f"{site}/log-in", data=session["session_id"], headers=headers) as answer:
        return answer.status, await answer.text()


async def confirm_on_the_hosted_page(here: Town, visitor: aiohttp.ClientSession, site: str) -> str:
    """Follow the site's link, and log in without JavaScript; return where the hosted page then leads."""
    login = await read(visitor, f"{site}/log-in")
    return_url = re.findall(r'name="return_url" value="([^"]+)"', login)[0]
    page = await read(visitor, f"{here.url}/login/{here.app.app_id}/start", return_url=return_url)
    link = re.findall(r'class="telegram" href="([^"]+)"', page)[0]
    anna = here.visitor(language_code="en")
    await here.ask(anna, {"links": {"telegram": link}})
    await here.tap(anna, re.findall(r'class="number">(\d\d)<', page)[0])
    async with visitor.get(f"{here.url}/login/{here.app.app_id}/wait", allow_redirects=False) as answer:
        assert answer.status == 303
        return answer.headers["Location"]


@pytest.mark.parametrize("running", HOSTED, indirect=True)
async def test_the_hosted_page_logs_in_without_javascript(
    here: Town, running: str, visitor: aiohttp.ClientSession
) -> None:
    """There and back again: the site greets the visitor, and knows them by a cookie that no script can read."""
    assert "Log in" in await read(visitor, running)
    callback = await confirm_on_the_hosted_page(here, visitor, running)
    assert callback.startswith(f"{running}/callback?state=")
    assert "Hello, Anna!" in await read(visitor, callback)
    assert "Hello, Anna!" in await read(visitor, running)
    cookie = next(each for each in visitor.cookie_jar if each.key == "visitor")
    assert isinstance(cookie, Morsel)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("running", HOSTED, indirect=True)
async def test_a_callback_works_where_the_login_was_started(
    here: Town, running: str, visitor: aiohttp.ClientSession
) -> None:
    """T3: somebody who is sent another's callback is not logged in, and takes nothing away; nor does it work twice."""
    callback = await confirm_on_the_hosted_page(here, visitor, running)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as stranger:
        session_id = parse_qs(urlsplit(callback).query)["session_id"][0]
        for address in (callback, f"{running}/callback?state=&session_id={session_id}"):
            async with stranger.get(address) as answer:
                assert answer.status == 403
        assert "Log in" in await read(stranger, running)
    assert "Hello, Anna!" in await read(visitor, callback)
    async with visitor.get(callback) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("running", ON_THE_PAGE, indirect=True)
async def test_a_session_is_handed_in_by_the_sites_own_page_once(
    here: Town, running: str, visitor: aiohttp.ClientSession
) -> None:
    """T3: another site's page cannot log a visitor in as somebody else; the site's own page can, and once."""
    session = await here.create()
    status, _ = await hand_in(visitor, running, session, origin=running)
    assert status == 403
    session = await here.log_in(here.visitor(language_code="en"))
    for origin in (None, "null", "https://evil.example.com"):
        status, _ = await hand_in(visitor, running, session, origin)
        assert status == 403
    assert await hand_in(visitor, running, session, origin=running) == (200, "Hello, Anna!")
    status, _ = await hand_in(visitor, running, session, origin=running)
    assert status == 403


@pytest.mark.parametrize("running", ON_THE_PAGE, indirect=True)
async def test_a_login_to_another_site_is_no_login_here(
    here: Town, running: str, visitor: aiohttp.ClientSession
) -> None:
    """T24: a session that was confirmed for another app of the same Gatepost is refused."""
    apps = here.daemon.services.apps
    other = replace(here.app, app_id=apps.draft("other", "Other").app_id, slug="other")
    await apps.create(other)
    session = await here.log_in(here.visitor(language_code="en"), app_id=other.app_id)
    status, text = await hand_in(visitor, running, session, origin=running)
    assert status == 403
    assert "Hello" not in text


@pytest.mark.parametrize("running", ON_THE_PAGE, indirect=True)
@pytest.mark.parametrize("nonsense", ["", "..", "../../../health", "ключ", "0" * 24])
async def test_what_is_no_session_is_refused(running: str, visitor: aiohttp.ClientSession, nonsense: str) -> None:
    """Whatever is handed in, the site says no and goes on."""
    status, _ = await hand_in(visitor, running, {"session_id": nonsense}, origin=running)
    assert status == 403
    async with visitor.get(running) as answer:
        assert answer.status == 200
