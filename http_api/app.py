"""The HTTP side as one aiohttp application: one sub-application per dialect, the hooks, the keys, the health."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web

from core.bells import Bells
from http_api.docs.pages import Docs
from http_api.door import House
from http_api.files import file_handler
from http_api.health import BotStates, StoreHealth
from http_api.hooks import Hook, greeting_handler, hook_handler
from http_api.metrics import Outbox, metrics_handler
from http_api.project import voice as project
from http_api.route import HttpRoute
from http_api.routing import check_policies, lay
from http_api.site import voice as site
from http_api.site.looks import style, widget
from http_api.site.pages import LoginPages
from http_api.threshold import Threshold
from http_api.unknown import FROM_ANYWHERE

BODY_LIMIT: Final = 64 * 1024
"""Bytes of a request's body; what sites send is far smaller."""
HOUSE: Final = web.AppKey("house", House)
"""What the connections of the port share."""
_SITE: Final = "http_api.site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the HTTP side is made of: the two dialects' sub-applications, what is of no dialect, and the pages."""

    site: web.Application
    project: web.Application
    open_routes: Sequence[HttpRoute]
    pages: LoginPages
    docs: Docs
    store_health: StoreHealth
    bells: Bells
    find_hook: Callable[[str, str], Hook | None]
    bot_states: BotStates
    outbox: Outbox
    commits: Callable[[], int]
    threshold: Threshold
    house: House


def create_app(parts: Parts) -> web.Application:
    """Put the application together; raise ``ValueError`` for a route without a policy for what it does not know.

    On shutdown it rings every bell first, so that waiting browsers get an answer.
    """
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[parts.threshold.middleware()])
    app[HOUSE] = parts.house
    app.add_subapp(site.PREFIX, parts.site)
    app.add_subapp(project.PREFIX, parts.project)
    for route in parts.open_routes:
        lay(app, "HEAD GET", route.path, route.handler, route.unknown)
    add_pages(app, parts.pages)
    parts.docs.add_to(app)
    metrics = metrics_handler(
        parts.store_health, parts.bot_states, parts.outbox, parts.commits, parts.threshold.refusals
    )
    lay(app, "HEAD GET", "/metrics", metrics, FROM_ANYWHERE)
    lay(app, "POST", "/hooks/{bot}/{secret}", hook_handler(parts.find_hook), FROM_ANYWHERE)
    lay(app, "GET", "/hooks/{bot}/{secret}", greeting_handler(parts.find_hook), FROM_ANYWHERE)
    check_policies(app, parts.site, parts.project)

    async def wake_polls(_app: web.Application) -> None:
        parts.bells.close()

    app.on_shutdown.append(wake_polls)
    return app


def add_pages(app: web.Application, pages: LoginPages) -> None:
    """Lay out the hosted login page and the files that pages load."""
    path = "/login/{app_id:[0-9a-f]{24}}"
    script = file_handler(_SITE, "widget.js", partial(widget, looks=pages.looks))
    sheet = file_handler(_SITE, "page.css", partial(style, looks=pages.looks))
    for methods, place, handler in (
        ("HEAD GET", "/widget.js", script),
        ("HEAD GET", "/login/static/page.js", file_handler(_SITE, "page.js")),
        ("HEAD GET", "/login/static/page.css", sheet),
        ("HEAD GET", f"{path}/logo", pages.logo),
        ("GET", path, pages.worded(pages.show)),
        ("POST", f"{path}/start", pages.worded(pages.start)),
        ("GET", f"{path}/wait", pages.worded(pages.wait)),
        ("POST", f"{path}/cancel", pages.worded(pages.cancel)),
        ("HEAD GET", "/login/{rest:.*}", pages.worded(pages.nowhere)),
    ):
        lay(app, methods, place, handler, FROM_ANYWHERE)
