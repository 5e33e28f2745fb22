"""Who may call a route: no dialect serves one whose callers it cannot tell apart."""

from typing import Any, cast

import pytest

from core.entropy import SystemEntropy
from http_api.project.voice import Voice as ProjectVoice
from http_api.route import Access, Route, ok
from http_api.site.answers import Jwks
from http_api.site.voice import Voice as SiteVoice
from http_api.unknown import FROM_SERVERS


def route(access: Access) -> Route[Any]:
    """Return a route that never gets as far as its handler."""
    return Route(
        method="GET",
        path="/x",
        handler=lambda _: None,
        summary="",
        group="",
        answers=ok(Jwks),
        access=access,
        unknown=FROM_SERVERS,
    )


def project_voice() -> ProjectVoice:
    """Return the voice of the project dialect, without what it asks of the core."""
    nothing = cast("Any", None)
    return ProjectVoice(callers=nothing, limits=nothing, entropy=SystemEntropy(), public_url="")


def site_voice() -> SiteVoice:
    """Return the voice of the site dialect, without what it asks of the core."""
    nothing = cast("Any", None)
    return SiteVoice(apps=nothing, callers=nothing, entropy=SystemEntropy(), public_origin="")


@pytest.mark.parametrize("access", [Access.MESSAGE_TOKEN, Access.PAGE, Access.ANYONE])
def test_the_project_dialect_always_asks_for_its_key(access: Access) -> None:
    """A route that would need none, or another, is refused at the start."""
    with pytest.raises(ValueError, match="GET /x"):
        project_voice().application([route(access)])


@pytest.mark.parametrize("access", [Access.API_KEY, Access.LIVE_KEY])
def test_the_site_dialect_knows_no_project_keys(access: Access) -> None:
    """A route that asks for one, as any does unless told otherwise, is refused at the start."""
    with pytest.raises(ValueError, match="GET /x"):
        site_voice().application([route(access)])
