"""``docs/project-api.md`` against the daemon: every route and every error code, and nothing that is not there."""

import re
from pathlib import Path

from http_api.project.codes import RETRYABLE, STATUSES
from tests.stories.town import Json, Town

TEXT = (Path(__file__).parents[2] / "docs" / "project-api.md").read_text(encoding="utf-8")
_METHODS = ("get", "post", "put", "delete", "patch")


def plain(path: str) -> str:
    """Return a path with its variables' names left out, which the page words for people."""
    return re.sub(r"\{[a-z_]+\}", "{}", path)


async def test_every_route_is_described_and_no_other(here: Town) -> None:
    """The table of routes is the router's."""
    async with here.browser.get(f"{here.url}/openapi.json") as answer:
        document: Json = await answer.json()
    served = {
        (method.upper(), plain(path))
        for path, operations in document["paths"].items()
        if path.startswith("/v1/")
        for method in _METHODS
        if method in operations
    }
    rows = re.findall(r"^\| `([A-Z]+) (/v1/\S+?)` \|", TEXT, re.MULTILINE)
    described = {(method, plain(path)) for method, path in rows}
    assert described == served


def test_every_code_is_described_and_no_other() -> None:
    """The table of errors is the dialect's: code, status, and whether to try again."""
    rows = re.findall(r"^\| (\d{3}) \| `([a-z_]+)` \|(.*)\|$", TEXT, re.MULTILINE)
    assert {code: int(status) for status, code, _ in rows} == STATUSES
    assert {code for _, code, advice in rows if "`retryable`" in advice} == RETRYABLE
