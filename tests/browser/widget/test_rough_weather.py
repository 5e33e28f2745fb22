"""Reloads, tabs, networks that come and go, pages out of sight: the login that waits survives them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.widget.site import Site, ask, log_in, number_of, told
from tests.stories.town import Town
from tests.waiting import patience

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

HIDE = """(state) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => state === "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_a_reload_takes_the_login_up(here: Town, site: Site, visit: Visit) -> None:
    """Number, session and proof key outlive a reload, before and after the link was opened; then they are forgotten."""
    page = await visit(site.embed(here))
    first = await number_of(page)
    session_id = (await told(page, "Ready"))["session_id"]
    await page.reload()
    assert await number_of(page) == first
    anna = here.visitor()
    await ask(here, page, anna)
    await told(page, "Opened")
    await page.reload()
    await expect(page.locator(".said")).to_contain_text("Opened in your messenger")
    await here.handset("telegram").tap(anna, first)
    success = await told(page, "Success")
    assert success["session_id"] == session_id
    assert success["token"]
    await page.reload()
    await number_of(page)
    assert (await told(page, "Ready"))["session_id"] != session_id


async def test_confirmed_while_the_page_was_away(here: Town, site: Site, visit: Visit) -> None:
    """On a phone the messenger's page may take the browser's place: who comes back is let in at once."""
    page = await visit(site.embed(here))
    anna = here.visitor()
    number = await ask(here, page, anna)
    await page.goto("about:blank")
    await here.handset("telegram").tap(anna, number)
    await page.go_back()
    assert (await told(page, "Success"))["token"]


async def test_a_question_that_lapsed_is_told(here: Town, site: Site, visit: Visit) -> None:
    """Faults 2.3: the page says that the bot waited a minute, and how to be asked anew; then it goes on waiting."""
    page = await visit(site.embed(here))
    lapses = True

    async def lapse(route: Route) -> None:
        answer = await route.fetch()
        state = await answer.json()
        if lapses and "answer_seconds" in state:
            state["answer_seconds"] = 0
        await route.fulfill(response=answer, json=state)

    await page.route("**/session/status*", lapse)
    anna = here.visitor()
    number = await ask(here, page, anna)
    await expect(page.locator(".said")).to_contain_text("The bot waited a minute")
    lapses = False
    await expect(page.locator(".said")).to_contain_text("Opened in your messenger")
    await here.handset("telegram").tap(anna, number)
    assert (await told(page, "Success"))["token"]


async def test_without_storage_a_reload_begins_anew(here: Town, site: Site, visit: Visit) -> None:
    """Where storage is forbidden everything else works."""
    page = await visit("about:blank")
    await page.add_init_script(
        """for (const name of ["sessionStorage", "localStorage"])
            Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });"""
    )
    await page.goto(site.embed(here))
    first = (await told(page, "Ready"))["session_id"]
    await page.reload()
    assert (await told(page, "Ready"))["session_id"] != first
    await log_in(here, page, here.visitor())
    assert (await told(page, "Success"))["token"]


async def test_two_tabs_have_a_login_each(here: Town, site: Site, visit: Visit) -> None:
    """Tabs of one browser, one even opened by the other with a copy of its storage, do not disturb each other."""
    page = await visit(site.embed(here))
    await number_of(page)
    async with page.context.expect_page() as opened:
        await page.evaluate("void window.open(location.href)")
    other = await opened.value
    assert (await told(page, "Ready"))["session_id"] != (await told(other, "Ready"))["session_id"]
    await log_in(here, other, here.visitor())
    assert (await told(other, "Success"))["token"]
    await log_in(here, page, here.visitor(first_name="Boris", username="boris"))
    assert (await told(page, "Success"))["user"]["first_name"] == "Boris"


async def test_offline_and_back(here: Town, site: Site, visit: Visit) -> None:
    """Without a network the widget says so and keeps trying; it goes on as soon as there is one."""
    page = await visit(site.embed(here))
    anna = here.visitor()
    number = await ask(here, page, anna)
    await told(page, "Opened")
    await page.context.set_offline(True)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator(".said")).to_have_text("No connection, I keep trying")
    assert (await told(page, "Error"))["code"] == "NETWORK"
    await here.handset("telegram").tap(anna, number)
    await page.context.set_offline(False)
    assert (await told(page, "Success"))["token"]


async def test_begun_without_a_network(here: Town, site: Site, visit: Visit) -> None:
    """A widget that cannot even begin tells the page why, and begins when it can."""
    page = await visit("about:blank")
    await page.route("**/api/v1/**", lambda route: route.abort())
    await page.goto(site.embed(here))
    await expect(page.locator(".said")).to_have_text("No connection, I keep trying")
    error = await told(page, "Error")
    assert error["code"] == "NETWORK"
    assert site.origin in error["message"]
    await page.unroute("**/api/v1/**")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await number_of(page)
    await expect(page.locator(".said")).to_have_text("Confirm in your messenger that it is you")


async def test_a_server_that_is_busy_is_left_alone_as_long_as_it_asks(here: Town, site: Site, visit: Visit) -> None:
    """429 is told as such, and ``Retry-After`` is kept to."""
    page = await visit("about:blank")
    asked: list[str] = []

    async def refuse(route: Route) -> None:
        asked.append(route.request.method)
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "*",
            "Access-Control-Expose-Headers": "Retry-After",
            "Retry-After": "40",
        }
        await route.fulfill(status=429, json={"success": False, "error": "RATE_LIMITED"}, headers=headers)

    await page.clock.install()
    await page.route("**/api/v1/auth/session", refuse)
    await page.goto(site.embed(here))
    await expect(page.locator(".said")).to_have_text("Too many attempts at once, it goes on in a moment")
    await page.clock.run_for(39_000)
    assert asked.count("POST") == 1
    await page.unroute("**/api/v1/auth/session")
    await page.clock.run_for(2_000)
    await number_of(page)


async def test_a_page_out_of_sight_stops_asking(here: Town, site: Site, visit: Visit) -> None:
    """After ten minutes in the background nobody is asked any more, until the page is looked at again."""
    page = await visit("about:blank")
    await page.clock.install()
    await page.goto(site.embed(here))
    await number_of(page)
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url) if "status" in request.url else None)
    await page.evaluate(HIDE, "hidden")
    await page.clock.fast_forward("11:00")
    await page.clock.run_for(60_000)
    settled = len(polls)
    await page.clock.run_for(60_000)
    assert len(polls) == settled
    async with page.expect_request("**/widget/session/status*"):
        await page.evaluate(HIDE, "visible")


async def test_an_answer_that_got_lost_is_asked_for_again(here: Town, site: Site, visit: Visit) -> None:
    """A redeem that did not reach the server is repeated."""
    page = await visit(site.embed(here))
    await page.route("**/*type=full*", lambda route: route.abort(), times=1)
    await log_in(here, page, here.visitor())
    assert (await told(page, "Success"))["token"]


async def test_a_token_that_got_lost_is_told(here: Town, site: Site, visit: Visit) -> None:
    """Where the server handed the token out and it did not arrive, no asking helps: the visitor logs in again."""
    page = await visit(site.embed(here))

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/*type=full*", lose, times=1)
    anna = here.visitor()
    await log_in(here, page, anna)
    await expect(page.locator(".why")).to_have_text("You confirmed the login, but the answer got lost on the way.")
    assert (await told(page, "Error"))["code"] == "TOKEN_CONSUMED"
    await page.get_by_role("button", name="Try again").click()
    await log_in(here, page, anna)
    assert (await told(page, "Success"))["token"]


async def test_a_proxy_that_does_not_hold_polls_causes_no_storm(here: Town, site: Site, visit: Visit) -> None:
    """Answers that come at once are asked for once a second, not as fast as the network goes."""
    page = await visit("about:blank")
    polled: list[float] = []
    enough = asyncio.Event()

    async def hurry(route: Route) -> None:
        if "poll=true" in route.request.url:
            polled.append(asyncio.get_running_loop().time())
        if len(polled) == 3:
            enough.set()
        await route.continue_(url=route.request.url.replace("poll=true", "poll=false"))

    await page.route("**/widget/session/status*", hurry)
    await page.goto(site.embed(here))
    async with patience():
        await enough.wait()
    assert polled[2] - polled[0] > 1.8
