"""How much a project may ask for, and how it is told."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import Busy
from storage.sqlite.store import SqlStore
from tests.stories.backend import Backend
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town where a project may ask five times a minute, and an address err three times."""
    limits = {"requests_per_minute_per_project": 5, "misses_per_minute_per_address": 3}
    async with town(tmp_path, clock, limits=limits) as built:
        await built.daemon.keepers.reached()
        yield built


async def headers_of(backend: Backend, path: str = "/auth/link") -> tuple[int, dict[str, str]]:
    """Ask, and return status and headers."""
    sent = {"Authorization": f"Bearer {backend.secrets.api_key}"}
    async with backend.town.browser.get(f"{backend.town.url}/v1{path}", headers=sent) as answer:
        return answer.status, dict(answer.headers)


async def test_every_answer_tells_what_is_left(backend: Backend, clock: MovedClock) -> None:
    """Errors too; the sixth request of a minute is refused, and says for how long; then it goes on."""
    left = []
    for path in ("/auth/link", "/nowhere", "/auth/link", "/auth/link", "/auth/link"):
        status, headers = await headers_of(backend, path)
        assert status in {200, 404}
        assert headers["RateLimit-Policy"] == '"project";q=5;w=60'
        told = re.fullmatch(r'"project";r=(\d+);t=(\d+)', headers["RateLimit"])
        assert told is not None
        assert 0 < int(told[2]) <= 60
        left.append(int(told[1]))
    assert left == [4, 3, 2, 1, 0]
    status, headers = await headers_of(backend)
    assert status == 429
    assert 0 < int(headers["Retry-After"]) <= 60
    assert await backend.refused("GET", "/auth/link") == (429, "rate_limit_project")
    clock.ahead += timedelta(seconds=121)
    assert (await headers_of(backend))[0] == 200


async def test_polls_do_not_use_up_the_rest(backend: Backend) -> None:
    """Twenty questions about a session leave the five a minute for everything else; a hundred are too many."""
    session = await backend.post("/auth/session", {})
    status = f"/auth/session/{session['session_id']}/status"
    for _ in range(60):
        assert (await headers_of(backend, status))[0] == 200
    assert (await headers_of(backend, status))[0] == 429
    for _ in range(4):
        assert (await headers_of(backend))[0] == 200


async def test_projects_do_not_share_a_bound(backend: Backend) -> None:
    """Who asks too much holds nobody else up."""
    apps = backend.town.daemon.services.apps
    other = Backend(backend.town, await apps.create(apps.draft("other", "Other")))
    for _ in range(6):
        await headers_of(backend)
    assert (await headers_of(other))[0] == 200


async def test_who_guesses_at_keys_is_held_up(backend: Backend) -> None:
    """Three wrong keys a minute from one address; a right one from there works all the same."""
    for _ in range(3):
        assert await backend.refused("GET", "/auth/link", key="gp_live_guess") == (401, "invalid_api_key")
    assert await backend.refused("GET", "/auth/link", key="gp_live_guess") == (429, "rate_limit_project")
    await backend.get("/auth/link")


async def test_a_project_s_own_bound_on_sessions(backend: Backend, clock: MovedClock) -> None:
    """Two sessions an hour if the operator says so, and no such bound otherwise."""
    here = backend.town
    for _ in range(3):
        await backend.post("/auth/session", {})
    await here.daemon.services.apps.change(replace(here.app, sessions_per_hour=2))
    clock.ahead += timedelta(minutes=2)
    for _ in range(2):
        await backend.post("/auth/session", {})
    assert await backend.refused("POST", "/auth/session", {}) == (429, "rate_limit_project")
    clock.ahead += timedelta(hours=2)
    await backend.post("/auth/session", {})


async def test_a_full_disk_is_told_as_busy(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is half done: 503, ``platform_busy``, and it may be asked again."""

    async def refuse(_self: SqlStore, _work: object) -> None:
        raise Busy

    before = backend.town.count_logins()
    monkeypatch.setattr(SqlStore, "write", refuse)
    status, told = await backend.ask("POST", "/auth/session", {})
    assert (status, told["code"], told["retryable"]) == (503, "platform_busy", True)
    monkeypatch.undo()
    assert backend.town.count_logins() == before


@pytest.mark.parametrize(
    ("body", "headers", "refusal"),
    [
        (b"{", {"Content-Type": "application/json"}, (400, "validation_failed")),
        (b"[]", {"Content-Type": "application/json"}, (400, "validation_failed")),
        (
            b"not gzip",
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            (415, "unsupported_media_type"),
        ),
        (b"{}", {"Content-Type": "text/plain"}, (415, "unsupported_media_type")),
        (b'{"state": "' + b"a" * 70_000 + b'"}', {"Content-Type": "application/json"}, (413, "body_too_large")),
    ],
)
async def test_bodies_that_are_none(
    backend: Backend, body: bytes, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    """Whatever is not what was asked for gets a clear error, and never a parser's own words."""
    sent = {"Authorization": f"Bearer {backend.secrets.api_key}", **headers}
    url = f"{backend.town.url}/v1/auth/session"
    async with backend.town.browser.post(url, data=body, headers=sent) as answer:
        told = await answer.json()
        assert (answer.status, told["code"]) == refusal
        assert "input_value" not in told["error"]
