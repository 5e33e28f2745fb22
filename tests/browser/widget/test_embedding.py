"""The widget on other people's pages: policies, modules, modals, several at once, events, and where it stands."""

import gzip
import json
from collections.abc import Awaitable, Callable
from importlib import resources

import pytest
from playwright.async_api import Page, expect

from tests.browser.widget.conftest import PHONE
from tests.browser.widget.site import START, Site, ask, log_in, number_of, told
from tests.stories.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

FOCUSED = "document.activeElement.shadowRoot?.activeElement?.textContent ?? document.activeElement.id"


async def test_the_file_is_small() -> None:
    """What a browser downloads is under 15 kB."""
    file = resources.files("http_api.site") / "static" / "widget.js"
    assert len(gzip.compress(file.read_bytes(), 9)) < 15_000


async def test_under_a_strict_policy(here: Town, site: Site, visit: Visit) -> None:
    """No inline script or style is needed, and nothing is fetched but from the API."""
    wishes = json.dumps({"app_id": here.app.app_id, "container": "#login", "qr": True})
    site.pages["/site.js"] = (f"{START} var widget = start({wishes});", {})
    policy = (
        f"default-src 'none'; script-src 'self' {here.url}; connect-src {here.url}; style-src 'self'; img-src data:; "
        "require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'"
    )
    body = f'<div id="login"></div><script src="{here.url}/widget.js"></script><script src="/site.js"></script>'
    page = await visit("about:blank")
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.partition("/api/")[0].rpartition("/widget.js")[0]))
    await page.goto(site.show(body, Content_Security_Policy=policy))
    await log_in(here, page, here.visitor())
    assert (await told(page, "Success"))["token"]
    height = await page.locator(".way").first.evaluate("(button) => button.getBoundingClientRect().height")
    assert height >= 52
    assert hosts <= {here.url, ""}


async def test_as_a_module(here: Town, site: Site, visit: Visit) -> None:
    """A module imports it for its effect; the API is found all the same, and without a container it is a modal."""
    body = f"""<script>{START}</script><script type="module">import "{here.url}/widget.js";
        window.widget = start({{ app_id: "{here.app.app_id}" }});</script>"""
    page = await visit(site.show(body))
    await expect(page.get_by_role("dialog")).to_be_visible()
    await log_in(here, page, here.visitor())
    assert (await told(page, "Success"))["token"]
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_where_the_script_stands(here: Town, site: Site, visit: Visit) -> None:
    """Without a container the widget stands where the script that starts it stands."""
    body = f"""<script src="{here.url}/widget.js"></script><main><p>Before</p>
        <script id="here">{START} start({{ app_id: "{here.app.app_id}" }});</script><p>After</p></main>"""
    page = await visit(site.show(body))
    await number_of(page)
    assert await page.evaluate("Boolean(document.querySelector('#here').nextElementSibling.shadowRoot)")


async def test_two_on_one_page(here: Town, site: Site, visit: Visit) -> None:
    """Two widgets have a login each, also after a reload, and tell their own containers only."""
    body = f"""<div id="one"></div><div id="two"></div><script src="{here.url}/widget.js"></script>
        <script>{START}
        for (const id of ["one", "two"]) {{
          const container = document.getElementById(id);
          container.addEventListener("authbots:success", (event) => told.push([id, event.detail]));
          start({{ app_id: "{here.app.app_id}", container }});
        }}</script>"""
    page = await visit(site.show(body))
    numbers = [await number_of(page, "#one"), await number_of(page, "#two")]
    await page.reload()
    assert [await number_of(page, "#one"), await number_of(page, "#two")] == numbers
    await log_in(here, page, here.visitor(), place="#two")
    assert (await told(page, "two"))["token"]
    assert await page.evaluate("told.some(([name]) => name === 'one')") is False
    assert await number_of(page, "#one") == numbers[0]


async def test_events(here: Town, site: Site, visit: Visit) -> None:
    """Every step is an event on the container that bubbles and crosses shadow boundaries, its detail the callback's."""
    body = f"""<div id="login"></div><script src="{here.url}/widget.js"></script><script>const told = [];
        for (const name of ["ready", "opened", "success", "cancel", "expire", "error"])
          addEventListener(`authbots:${{name}}`, ({{ target, detail, composed }}) =>
            told.push([name, {{ id: target.id, composed, session_id: detail.session_id }}]));
        var widget = AuthBotsWidget.init({{ app_id: "{here.app.app_id}", container: "#login" }});</script>"""
    page = await visit(site.show(body))
    await log_in(here, page, here.visitor())
    success = await told(page, "success")
    assert success["id"] == "login"
    assert success["composed"] is True
    assert await page.evaluate("told.map(([name]) => name)") == ["ready", "opened", "success"]
    assert await page.evaluate("new Set(told.map(([, detail]) => detail.session_id)).size") == 1


async def modal(here: Town, site: Site, visit: Visit, **options: object) -> Page:
    """Open a page with a button that opens the modal, focus on the button."""
    wishes = json.dumps({"app_id": here.app.app_id, "mode": "modal", "auto_open": False})
    body = f"""<button id="enter">Enter</button><a href="/elsewhere" id="elsewhere">Elsewhere</a>
        <script src="{here.url}/widget.js"></script>
        <script>{START} var widget = start({wishes}); enter.onclick = widget.open; enter.focus();</script>"""
    return await visit(site.show(body), **options)


async def test_a_modal_by_keyboard_alone(here: Town, site: Site, visit: Visit) -> None:
    """Enter opens it, Tab stays inside, Escape closes it, cancels the login and gives the focus back."""
    page = await modal(here, site, visit)
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Log in to Teapot & Co.")
    await expect(dialog).to_be_visible()
    await number_of(page)
    visited = set()
    for _ in range(12):
        await page.keyboard.press("Tab")
        visited.add(await page.evaluate(FOCUSED))
    assert {"Open Telegram", "Open MAX", "Open WhatsApp", "Cancel", "Download QR code"} <= visited
    assert "elsewhere" not in visited
    async with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert await page.evaluate("document.activeElement.id") == "enter"
    assert (await told(page, "Cancel"))["reason"] == "by_site"


async def test_a_modal_opens_again(here: Town, site: Site, visit: Visit) -> None:
    """Closed by its button, or by the page, and opened again, it begins a new login; done, it goes by itself."""
    page = await modal(here, site, visit, **PHONE)
    await page.get_by_role("button", name="Enter").click()
    await number_of(page)
    await page.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.evaluate("widget.open(); widget.close(); widget.open()")
    await log_in(here, page, here.visitor())
    assert (await told(page, "Success"))["token"]
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_by_keyboard_alone(here: Town, site: Site, visit: Visit) -> None:
    """In the page, focus goes from button to button, and is not lost when the login ends and begins again."""
    page = await visit(site.embed(here, qr=False))
    await number_of(page)
    order = []
    for _ in range(7):
        await page.keyboard.press("Tab")
        order.append(await page.evaluate(FOCUSED))
    assert order == ["Open Telegram", "Open MAX", "Open WhatsApp", "Telegram", "MAX", "WhatsApp", "Cancel"]
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Try again")).to_be_focused()
    await page.keyboard.press("Enter")
    await number_of(page)
    await expect(page.locator(".status")).to_be_focused()
    await page.keyboard.press("Tab")
    assert await page.evaluate(FOCUSED) == "Open Telegram"


async def test_the_messenger_used_last_comes_first(here: Town, site: Site, visit: Visit) -> None:
    """On the next visit it is on top and says why; ``platforms`` filters and orders the others."""
    page = await visit(site.embed(here, qr=False))
    await number_of(page)
    await page.locator("[data-messenger=max] a.way").evaluate(
        "(link) => { link.addEventListener('click', (event) => event.preventDefault()); link.click(); }"
    )
    await page.goto(site.embed(here, platforms=["whatsapp", "max"]))
    await number_of(page)
    assert await page.locator("a.way").all_inner_texts() == ["Open MAX\nlast used", "Open WhatsApp"]


async def test_what_the_page_can_do(here: Town, site: Site, visit: Visit) -> None:
    """``restart`` begins anew and cancels what waited; ``destroy`` cancels too and leaves nothing behind."""
    page = await visit(site.embed(here))
    first = await told(page, "Ready")
    async with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        await page.evaluate("widget.restart()")
    await page.wait_for_function("told.filter(([name]) => name === 'Ready').length === 2")
    assert (await here.poll(first, type="status"))["cancel_reason"] == "by_site"
    second = await told(page, "Ready")
    async with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        await page.evaluate("widget.destroy(); widget.open()")
    assert await page.locator("#login > *").count() == 0
    assert (await here.poll(second, type="status"))["cancel_reason"] == "by_site"


async def test_links_suit_the_device(here: Town, site: Site, visit: Visit) -> None:
    """On a desktop links open a tab and a code can be scanned and saved; on a phone they stay, and lead to the app."""
    desktop = await visit(site.embed(here))
    await number_of(desktop)
    telegram = desktop.get_by_role("link", name="Open Telegram")
    await expect(telegram).to_have_attribute("target", "_blank")
    await expect(telegram).to_have_attribute("rel", "noopener")
    await expect(desktop.get_by_role("img", name="QR code that opens Telegram")).to_be_visible()
    await desktop.get_by_role("radio", name="MAX").check()
    await expect(desktop.get_by_role("img", name="QR code that opens MAX")).to_be_visible()
    async with desktop.expect_download() as saved:
        await desktop.get_by_role("link", name="Download QR code").click()
    download = await saved.value
    assert download.suggested_filename == "max-qr.svg"
    assert (await download.path()).read_text().startswith("<svg")

    phone = await visit(site.embed(here), **PHONE)
    await number_of(phone)
    assert await phone.get_by_role("link", name="Open Telegram").get_attribute("target") is None
    direct = await phone.get_by_role("link", name="Open the app directly").get_attribute("href")
    assert direct is not None
    assert direct.startswith("whatsapp://send?")
    assert await phone.get_by_role("img", name="QR code").count() == 0
    anna = here.visitor()
    await ask(here, phone, anna, "whatsapp")
