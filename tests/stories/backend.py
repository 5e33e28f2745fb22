"""A project's own server, as it calls Gatepost's project API."""

from dataclasses import dataclass, replace
from typing import Final, Unpack
from urllib.parse import parse_qs, urlsplit

from core.apps.administration import AppSecrets
from emulator.emulator import PersonDetails
from emulator.people import Person
from tests.stories.handsets import Handset
from tests.stories.town import SITE, Json, Town

CALLBACK: Final = f"{SITE}/callback?from=bot"
OTHER_CALLBACK: Final = f"{SITE}/other"


@dataclass
class Backend:
    """The server of the town's app; ``secrets`` are its keys."""

    town: Town
    secrets: AppSecrets

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Json]:
        """Call the API and return status and body; with the live key unless told otherwise."""
        sent = {"Authorization": f"Bearer {self.secrets.api_key if key is None else key}", **(headers or {})}
        url = f"{self.town.url}/v1{path}"
        async with self.town.browser.request(method, url, json=body, headers=sent) as answer:
            told: Json = await answer.json()
            return answer.status, told

    async def get(self, path: str) -> Json:
        """Read something that is there."""
        return self.well(*await self.ask("GET", path))

    async def post(self, path: str, body: object) -> Json:
        """Do something that works."""
        return self.well(*await self.ask("POST", path, body))

    async def put(self, path: str, body: object) -> Json:
        """Change something that can be changed."""
        return self.well(*await self.ask("PUT", path, body))

    async def refused(self, method: str, path: str, body: object = None, *, key: str | None = None) -> tuple[int, str]:
        """Do something that is refused, and return status and code; the refusal is built as the contract says."""
        status, told = await self.ask(method, path, body, key=key)
        assert set(told) - {"reason", "attempts_left"} == {"error", "code", "retryable", "docs_url"}, told
        assert told["docs_url"].endswith(f"/docs/errors#{told['code']}")
        return status, told["code"]

    @staticmethod
    def well(status: int, told: Json) -> Json:
        """Return what was told, which must not be a refusal."""
        assert status == 200, told
        return told


async def move_in(town: Town, **changes: object) -> Backend:
    """Give the town's app two callbacks and keys, and return its server."""
    apps = town.daemon.services.apps
    changed = {"callbacks": (CALLBACK, OTHER_CALLBACK), **changes}
    town.app = await apps.change(replace(town.app, **changed))  # type: ignore[arg-type]
    return Backend(town, await apps.rotate_keys(town.app.app_id))


async def subscribed(backend: Backend, handset: Handset, **details: Unpack[PersonDetails]) -> tuple[Person, str]:
    """Let somebody subscribe, and return them and their id."""
    anna = backend.town.visitor(**details)
    await handset.open(anna, (await backend.get("/subscribe-link"))[f"{handset.messenger}_link"])
    return anna, str((await backend.get("/subscribers"))["subscribers"][0]["id"])


def answer_in(url: str) -> dict[str, str]:
    """Return the query of an address, each name once."""
    query = parse_qs(urlsplit(url).query, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}
