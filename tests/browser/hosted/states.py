"""Every state that visitors can see of the hosted page and the widget, walked through with a phone at hand.

Who walks is called at each state with its name, while it is on the screen: to check it, or to take its picture.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from playwright.async_api import Page, Route

from emulator.people import Person
from tests.browser.widget.site import Site, ask, number_of, other_button
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town

Look = Callable[[Page, str], Awaitable[None]]

HOST = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"></head><body><main><h1>Shop</h1><div id="login"></div></main>
<script src="{url}/widget.js"></script><script>AuthBotsWidget.init({wishes})</script></body></html>"""
LIFETIME = timedelta(minutes=5)
AGAIN = ".end:not([inert]) .again"
LOOK_AGAIN = "dispatchEvent(new Event('online'))"


@dataclass
class Walk:
    """A page, and what is called at each of its states."""

    here: Town
    clock: MovedClock
    page: Page
    look: Look

    async def through_widget(self, address: str) -> None:
        """See all states of the widget at the address; where its visitors are sent on, nobody answers."""
        await self.page.route("**/callback*", lambda route: route.fulfill(status=204))
        number, anna = await self._begin(address)
        await self._see("opened")
        await self.page.context.set_offline(offline=True)
        await self.page.evaluate(LOOK_AGAIN)
        await self._see("trouble")
        await self.page.context.set_offline(offline=False)
        await self.here.handset("telegram").tap(anna, number)
        await self._see_end("done", "done")
        await self.page.goto(address)
        await self._give_a_wrong_number()
        await self.page.locator(AGAIN).click()
        await number_of(self.page)
        self.clock.ahead += LIFETIME
        await self.page.evaluate(LOOK_AGAIN)
        await self._see_end("clock", "expired")
        await self._fail()
        await self.page.locator(AGAIN).click()
        await number_of(self.page)
        if not await self.page.get_by_role("dialog").is_visible():
            await self.page.locator(".cancel").click()
            await self._see_end("cross", "cancelled")

    async def without_scripts(self, address: str) -> None:
        """See all states of the hosted page in a browser that runs no scripts."""
        await self.page.goto(address)
        await self._look("start")
        anna = await self._start_plainly()
        await self._look("waiting")
        await self.page.locator("a.still").click()
        await self._look("still")
        await self._open_plainly(anna)
        await self._look("opened")
        await self.page.locator("form button").click()
        await self._look("cancelled")
        await self._try_again_plainly()
        await self._open_plainly(anna)
        number = await self.page.locator(".number").inner_text()
        await self.here.handset("telegram").tap(anna, other_button(self.here, anna, number))
        await self._look_again()
        await self._look("wrong number")
        await self._try_again_plainly()
        self.clock.ahead += LIFETIME
        await self._look_again()
        await self._look("expired")

    async def through_problems(self, site: Site) -> None:
        """See the pages of addresses that are no login page."""
        await self.page.goto(f"{self.here.url}/login/{'f' * 24}")
        await self._look("404")
        await self.page.goto(hosted(self.here, "https://evil.example/"))
        await self._look("400")
        await self._switch(is_on=False)
        await self.page.goto(hosted(self.here, f"{site.origin}/callback"))
        await self._look("403")
        await self._switch(is_on=True)

    async def _look(self, state: str) -> None:
        await self.look(self.page, state)

    async def _see(self, state: str) -> None:
        await self.page.locator(f".wait[data-state={state}]").wait_for()
        await self._look(state)

    async def _see_end(self, kind: str, state: str) -> None:
        await self.page.locator(f".end.{kind}:not([inert])").wait_for()
        await self._look(state)

    async def _begin(self, address: str) -> tuple[str, Person]:
        """See the login being prepared and ready; return its number and who opened its link."""
        may_come = asyncio.Event()

        async def hold(route: Route) -> None:
            await may_come.wait()
            await route.continue_()

        await self.page.route("**/api/v1/auth/session", hold, times=1)
        await self.page.goto(address)
        await self._see("loading")
        may_come.set()
        await self._see("waiting")
        anna = self.here.visitor()
        return await ask(self.here, self.page, anna), anna

    async def _give_a_wrong_number(self) -> None:
        boris = self.here.visitor(first_name="Boris", username="boris")
        number = await ask(self.here, self.page, boris)
        await self.here.handset("telegram").tap(boris, other_button(self.here, boris, number))
        await self._see_end("cross", "wrong number")

    async def _fail(self) -> None:
        await self._switch(is_on=False)
        await self.page.locator(AGAIN).click()
        await self.page.get_by_text("APP_DISABLED").wait_for()
        await self._look("failed")
        await self._switch(is_on=True)

    async def _switch(self, *, is_on: bool) -> None:
        await self.here.daemon.services.apps.change(replace(self.here.app, enabled=is_on))

    async def _start_plainly(self) -> Person:
        await self.page.locator("noscript button").click()
        await self.page.locator(".number").wait_for()
        return self.here.visitor()

    async def _open_plainly(self, person: Person) -> None:
        link = await self.page.locator("a.telegram").get_attribute("href")
        await self.here.handset("telegram").ask(person, link or "")
        await self._look_again()

    async def _try_again_plainly(self) -> None:
        await self.page.locator("a.main").click()
        await self.page.locator("noscript button").click()
        await self.page.locator(".number").wait_for()

    async def _look_again(self) -> None:
        await self.page.goto(f"{self.here.url}/login/{self.here.app.app_id}/wait")


def hosted(here: Town, return_url: str, **query: str) -> str:
    """Return the address of the hosted page."""
    return f"{here.url}/login/{here.app.app_id}?{urlencode({'return_url': return_url, **query})}"


def with_widget(here: Town, site: Site, **options: object) -> str:
    """Put up a page with the widget in it, or over it with ``mode="modal"``, and return its address."""
    container = None if options.get("mode") == "modal" else "#login"
    wishes = {"app_id": here.app.app_id, "container": container, "poll_type": "status", **options}
    wishes["return_url"] = f"{site.origin}/callback"
    body = HOST.format(url=here.url, wishes=json.dumps(wishes))
    site.pages["/"] = (body, {})
    return f"{site.origin}/"
