"""How a route gets into the router: with its policy for what it does not know, or the daemon does not start."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from http_api.unknown import Unknown

_POLICIES: Final = web.AppKey("policies", dict[web.AbstractRoute, Unknown])


def lay(app: web.Application, methods: str, path: str, handler: Handler, unknown: Unknown) -> None:
    """Lay out a route for one method or for several with spaces between them; the handler does as ``unknown`` says."""
    policies = app.setdefault(_POLICIES, {})
    for method in methods.split():
        policies[app.router.add_route(method, path, handler)] = unknown


def check_policies(app: web.Application, *parts: web.Application) -> None:
    """Raise ``ValueError`` if a route of the application or of its parts came in without a policy."""
    named = {route for each in (app, *parts) for route in each.get(_POLICIES, {})}
    for route in app.router.routes():
        if route not in named:
            where = route.resource.canonical if route.resource else "?"
            raise ValueError(f"{route.method} {where}: no policy for what it does not know")
