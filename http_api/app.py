"""The HTTP side as one aiohttp application: one sub-application per dialect, the hooks, the keys, the health."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from aiohttp import web

from core.apps.administration import Apps
from core.bells import Bells
from core.entropy import Entropy
from http_api.docs.pages import Docs
from http_api.files import file_handler
from http_api.health import BotStates, StoreHealth, health_handler
from http_api.hooks import Hook, greeting_handler, hook_handler
from http_api.metrics import Outbox, metrics_handler
from http_api.site.handlers import SiteHandlers, add_routes
from http_api.site.looks import style, widget
from http_api.site.messages import MessageHandlers
from http_api.site.pages import LoginPages
from http_api.site.voice import Voice

BODY_LIMIT: Final = 64 * 1024
"""Bytes of a request's body; what sites send is far smaller."""
_SITE: Final = "http_api.site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the HTTP side is made of."""

    site: SiteHandlers
    messages: MessageHandlers
    pages: LoginPages
    project: web.Application
    docs: Docs
    apps: Apps
    store_health: StoreHealth
    bells: Bells
    entropy: Entropy
    find_hook: Callable[[str, str], Hook | None]
    bot_states: BotStates
    outbox: Outbox
    commits: Callable[[], int]


def create_app(parts: Parts) -> web.Application:
    """Put the application together. On shutdown it rings every bell first, so that waiting browsers get an answer."""
    app = web.Application(client_max_size=BODY_LIMIT)
    voice = Voice(parts.apps, parts.entropy, parts.site.sign_in.public_origin)
    site = web.Application(middlewares=[voice.middleware()])
    add_routes(site, parts.site, parts.messages, voice)
    app.add_subapp("/api/v1", site)
    app.add_subapp("/v1", parts.project)
    add_pages(app, parts.pages)
    parts.docs.add_to(app)
    app.router.add_get("/.well-known/jwks.json", parts.site.jwks)
    app.router.add_get("/health", health_handler(parts.store_health, parts.bot_states, parts.commits))
    metrics = metrics_handler(parts.store_health, parts.bot_states, parts.outbox, parts.commits)
    app.router.add_get("/metrics", metrics)
    app.router.add_post("/hooks/{bot}/{secret}", hook_handler(parts.find_hook))
    app.router.add_get("/hooks/{bot}/{secret}", greeting_handler(parts.find_hook), allow_head=False)

    async def wake_everybody(_app: web.Application) -> None:
        parts.bells.close()

    app.on_shutdown.append(wake_everybody)
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
