"""No route is served that does not say what is done with fields it does not know."""

from functools import partial
from typing import Any

import pytest
from aiohttp import web

from http_api.route import Route, ok
from http_api.routing import check_policies, lay
from http_api.site.answers import Jwks
from http_api.unknown import FROM_ANYWHERE


async def answer(_: web.Request) -> web.Response:
    """Answer anything."""
    return web.Response()


def test_a_route_names_its_policy() -> None:
    """There is no default to fall back to (faults 2.1)."""
    careless: Any = partial(Route, method="GET", path="/x", handler=answer, summary="", group="", answers=ok(Jwks))
    with pytest.raises(TypeError, match="unknown"):
        careless()


def test_a_route_that_came_in_otherwise_does_not_start() -> None:
    """Neither in the application nor in a part of it (faults 2.1)."""
    app, part = web.Application(), web.Application()
    lay(app, "HEAD GET", "/page", answer, FROM_ANYWHERE)
    lay(part, "GET", "/call", answer, FROM_ANYWHERE)
    app.add_subapp("/v1", part)
    check_policies(app, part)
    forgetful = web.Application()
    forgetful.router.add_post("/forgotten", answer)
    app.add_subapp("/api/v1", forgetful)
    with pytest.raises(ValueError, match="POST /api/v1/forgotten"):
        check_policies(app, part, forgetful)
