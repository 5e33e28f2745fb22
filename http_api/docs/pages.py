"""``/openapi.json``, ``/docs`` and ``/docs/errors``: made at the first request for them, and kept.

The pages are made from the document, so they cannot tell anything else. They run no script, load one style sheet, and
no other page may put them into a frame.
"""

import json
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, Final

from aiohttp import web

from http_api.files import File, file_handler
from http_api.project import voice
from http_api.project.call import ProjectRoute
from http_api.project.codes import RETRYABLE, STATUSES
from http_api.route import HttpRoute
from http_api.routing import lay
from http_api.unknown import FROM_ANYWHERE
from http_api.words import Words

_WORDS: Final = Words("http_api.docs")
_SECONDS: Final = 300
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Vary": "Accept-Language, Accept-Encoding",
}
_HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}
_CODE: Final = re.compile(r"(`+)(.+?)\1")


class Docs:
    """The description of all routes with a list of their own. ``public_url`` has no slash at the end.

    ``project`` and ``site`` are the dialects', ``open_routes`` those of no dialect.
    """

    def __init__(
        self,
        project: Sequence[ProjectRoute],
        site: Sequence[HttpRoute],
        open_routes: Sequence[HttpRoute],
        public_url: str,
    ) -> None:
        self._project = project
        self._site = site
        self._open = open_routes
        self._public_url = public_url
        self._headers = {**_HEADERS, **(_HSTS if public_url.startswith("https://") else {})}
        self._page = lru_cache(maxsize=None)(self._made_page)

    def add_to(self, app: web.Application) -> None:
        """Lay out the routes."""
        for path, handler in (
            ("/openapi.json", self.openapi),
            ("/docs", self.operations),
            ("/docs/errors", self.errors),
            ("/docs/static/docs.css", file_handler("http_api.docs", "docs.css")),
        ):
            lay(app, "HEAD GET", path, handler, FROM_ANYWHERE)

    async def openapi(self, request: web.Request) -> web.Response:
        """``GET /openapi.json``: the OpenAPI document, for every page to read."""
        return self._json.answer(request, _SECONDS)

    async def operations(self, request: web.Request) -> web.Response:
        """``GET /docs``: what can be asked for."""
        return self._answer(request, "docs.html")

    async def errors(self, request: web.Request) -> web.Response:
        """``GET /docs/errors``: what each code of the project dialect means, and what to do."""
        return self._answer(request, "errors.html")

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        from http_api.openapi.document import document  # noqa: PLC0415 - a start can do without
        from http_api.openapi.project import project_dialect  # noqa: PLC0415 - the same
        from http_api.openapi.site import open_dialect, site_dialect  # noqa: PLC0415 - the same

        project = project_dialect(self._project, self._public_url)
        return document([project, site_dialect(self._site), open_dialect(self._open)], self._public_url)

    @cached_property
    def _json(self) -> File:
        return File.of(json.dumps(self.document).encode(), "application/json; charset=utf-8")

    def _answer(self, request: web.Request, template: str) -> web.Response:
        language = _WORDS.spoken(request.query.get("locale"), request.headers.get("Accept-Language", ""))
        return self._page(template, language).answer(request, _SECONDS, self._headers)

    def _made_page(self, template: str, language: str) -> File:
        from http_api.docs.reading import groups  # noqa: PLC0415 - a start can do without

        def say(key: str, **fields: str) -> str:
            return _WORDS.say(language, key, **fields)

        fields = (
            {"groups": groups(self.document), "public_url": self._public_url}
            if template == "docs.html"
            else {"codes": _codes(language)}
        )
        html = _templates().get_template(template).render(language=language, say=say, **fields)
        return File.of(html.encode(), "text/html; charset=utf-8")


def _codes(language: str) -> list[dict[str, Any]]:
    """Return what the page says of each code, in the order of statuses."""
    words = _WORDS.entries(language)
    return [
        {
            "code": code,
            "status": status,
            "meaning": voice.WORDS.say(language, code),
            "retryable": code in RETRYABLE,
            "advice": words.get(f"do_{code}") or words["do_again" if code in RETRYABLE else "do_otherwise"],
        }
        for code, status in sorted(STATUSES.items(), key=lambda pair: pair[1])
    ]


@lru_cache(maxsize=1)
def _templates() -> Any:  # noqa: ANN401 - the library is imported by the first page
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - 40 ms a start can do without
    from markupsafe import Markup, escape  # noqa: PLC0415 - the same

    def prose(text: str) -> Markup:
        """Return a docstring's or description's text, with what stands in backticks as code."""
        return Markup(_CODE.sub(r"<code>\2</code>", str(escape(text))))  # noqa: S704 - it was escaped just before

    def breakable(path: str) -> Markup:
        """Return a path that may be broken behind its slashes."""
        return Markup("/<wbr>").join(path.split("/"))

    made = Environment(
        loader=PackageLoader("http_api.docs"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(prose=prose, breakable=breakable)
    return made
