"""``docs/site-api.md`` against the daemon: every route of the site dialect has its place there, and no other."""

import re
from pathlib import Path

from tests.stories.town import Json, Town

TEXT = (Path(__file__).parents[2] / "docs" / "site-api.md").read_text(encoding="utf-8")


async def test_every_route_is_described_and_no_other(here: Town) -> None:
    """By a heading, or as another form of a route that has one."""
    async with here.browser.get(f"{here.url}/openapi.json") as answer:
        document: Json = await answer.json()
    served = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        if path.startswith("/api/v1/")
        for method in operations
    }
    described = re.findall(r"^(?:## |Also as )`([A-Z]+ /api/v1/[^`?]+)", TEXT, re.MULTILINE)
    assert sorted(described) == sorted(served)
