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
from http_api.site import voice as site
from http_api.site.looks import style, widget
from http_api.site.pages import LoginPages
from http_api.threshold import Threshold

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
    """Put the application together. On shutdown it rings every bell first, so that waiting browsers get an answer."""
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=[parts.threshold.middleware()])
    app[HOUSE] = parts.house
    app.add_subapp(site.PREFIX, parts.site)
    app.add_subapp(project.PREFIX, parts.project)
    for route in parts.open_routes:
        app.router.add_get(route.path, route.handler)
    add_pages(app, parts.pages)
    parts.docs.add_to(app)
    metrics = metrics_handler(
        parts.store_health, parts.bot_states, parts.outbox, parts.commits, parts.threshold.refusals
    )
    app.router.add_get("/metrics", metrics)
    app.router.add_post("/hooks/{bot}/{secret}", hook_handler(parts.find_hook))
    app.router.add_get("/hooks/{bot}/{secret}", greeting_handler(parts.find_hook), allow_head=False)

    async def wake_polls(_app: web.Application) -> None:
        parts.bells.close()

    app.on_shutdown.append(wake_polls)
    return app


def add_pages(app: web.Application, pages: LoginPages) -> None:
    """Lay out the hosted login page and the files that pages load."""
    app.router.add_get("/widget.js", file_handler(_SITE, "widget.js", partial(widget, looks=pages.looks)))
    app.router.add_get("/login/static/page.js", file_handler(_SITE, "page.js"))
    app.router.add_get("/login/static/page.css", file_handler(_SITE, "page.css", partial(style, looks=pages.looks)))
    path = "/login/{app_id:[0-9a-f]{24}}"
    app.router.add_get(f"{path}/logo", pages.logo)
    for method, end, handler in (
        ("GET", "", pages.show),
        ("POST", "/start", pages.start),
        ("GET", "/wait", pages.wait),
        ("POST", "/cancel", pages.cancel),
    ):
        app.router.add_route(method, f"{path}{end}", pages.worded(handler))
    app.router.add_get("/login/{rest:.*}", pages.worded(pages.nowhere))
