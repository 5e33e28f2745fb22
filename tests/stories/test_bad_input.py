"""Whatever is wrong with a request: a clear error with a stable code, no trace, no row left."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from yarl import URL

from http_api.site.shapes import CreateSession
from tests.stories.town import SITE, Json, Town, town
from tests.waiting import a_moment, patience


async def post(here: Town, body: bytes, **headers: str) -> tuple[int, Json, Any]:
    """Post to create as a browser on the site would; return status, body and headers."""
    url = f"{here.url}/api/v1/auth/session"
    async with here.browser.post(url, data=body, headers={"Origin": SITE, **headers}) as answer:
        return answer.status, await answer.json(), answer.headers


async def until(is_so: Callable[[], bool]) -> None:
    """Let everything else run until it is so."""
    async with patience():
        while not is_so():
            await a_moment()


BAD_BODIES = {
    "nothing": b"",
    "not JSON": b"{app_id",
    "not UTF-8": b'{"app_id": "\xff"}',
    "not an object": b"[]",
    "no app": b"{}",
    "a number for an app": b'{"app_id": 5}',
    "an app of wrong form": b'{"app_id": "XYZ"}',
    "an upper-case app": b'{"app_id": "%s"}' % (b"A" * 24),
    "a number for a locale": b'{"app_id": "%s", "locale": 5}',
    "a text for match": b'{"app_id": "%s", "match": "yes"}',
    "a list for a return address": b'{"app_id": "%s", "return_url": ["https://shop.example.com"]}',
    "a short challenge": b'{"app_id": "%s", "code_challenge": "abc"}',
    "a plain challenge": b'{"app_id": "%s", "code_challenge": "' + b"a" * 43 + b'", "code_challenge_method": "plain"}',
    "nested a thousand deep": b"[" * 1000,
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_bad_bodies_are_refused_by_name(here: Town, body: bytes) -> None:
    """Malformed JSON and wrong types: 400, ``VALIDATION_ERROR``, and nothing is kept."""
    if body.count(b"%s") == 1:
        body = body.replace(b"%s", here.app.app_id.encode())
    status, answer, _ = await post(here, body)
    assert (status, answer["error"], answer["success"]) == (400, "VALIDATION_ERROR", False)
    assert len(answer["correlation_id"]) == 24
    assert here.count_logins() == 0


@pytest.mark.parametrize(
    "return_url",
    [
        "//evil.example",
        "//shop.example.com",
        "https://evil.example/",
        "https://shop.example.com@evil.example/",
        "https://good.example@evil",
        "https://shop.example.com\\@evil.example",
        "https://shop.example.com\\.evil.example",
        "javascript:alert(1)",
        "http://shop.example.com/",
        "/callback",
        "",
    ],
)
async def test_a_return_address_outside_the_list_is_refused(here: Town, return_url: str) -> None:
    """T14: 400, ``RETURN_URL_NOT_ALLOWED``, and nothing is kept."""
    url = f"{here.url}/api/v1/auth/session"
    body = {"app_id": here.app.app_id, "return_url": return_url}
    async with here.browser.post(url, json=body, headers={"Origin": SITE}) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "RETURN_URL_NOT_ALLOWED"
    assert here.count_logins() == 0


async def test_unknown_apps_and_foreign_origins_are_refused(here: Town) -> None:
    """404 for an app that is not there, 403 for a page that is not the app's, which cannot even read the answer."""
    status, answer, _ = await post(here, b'{"app_id": "%s"}' % (b"0" * 24))
    assert (status, answer["error"]) == (404, "APP_NOT_FOUND")
    body = b'{"app_id": "%s"}' % here.app.app_id.encode()
    for origin in ("https://evil.example", "null", "http://shop.example.com", f"{SITE}:8443"):
        status, answer, headers = await post(here, body, Origin=origin)
        assert (status, answer["error"]) == (403, "ORIGIN_NOT_ALLOWED")
        assert "Access-Control-Allow-Origin" not in headers
    assert here.count_logins() == 0


async def test_a_server_needs_no_origin(here: Town) -> None:
    """A site's server sends no ``Origin`` and may start logins, with an allowed return address or none."""
    url = f"{here.url}/api/v1/auth/session"
    async with here.browser.post(url, json={"app_id": here.app.app_id}) as answer:
        assert answer.status == 200
        assert (await answer.json())["redirect_url"] == f"{SITE}/"


async def test_an_oversized_body_is_refused(here: Town) -> None:
    """413 beyond 64 KiB."""
    status, answer, _ = await post(here, b'{"app_id": "' + b"a" * 70_000 + b'"}')
    assert (status, answer["error"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    ("session_id", "status", "code"),
    [
        ("0" * 24, 404, "SESSION_NOT_FOUND"),
        ("0" * 23, 400, "VALIDATION_ERROR"),
        ("g" * 24, 400, "VALIDATION_ERROR"),
        ("0" * 24 + "%0a", 400, "VALIDATION_ERROR"),
        ("%00", 400, "VALIDATION_ERROR"),
    ],
)
async def test_wrong_session_ids(here: Town, method: str, session_id: str, status: int, code: str) -> None:
    """Ids of wrong form are 400, unknown ones 404."""
    url = URL(f"{here.url}/api/v1/auth/session/{session_id}", encoded=True)
    async with here.browser.request(method, url) as answer:
        assert answer.status == status
        assert (await answer.json())["error"] == code


@pytest.mark.parametrize(
    "query", ["type=token", "poll=maybe", "code_verifier=short", "type=full&code_verifier=" + "%20" * 50]
)
async def test_wrong_queries(here: Town, query: str) -> None:
    """A query that means nothing is refused, and says which part."""
    session = await here.create()
    async with here.browser.get(f"{here.url}/api/v1/auth/session/{session['session_id']}?{query}") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "VALIDATION_ERROR"


async def test_the_older_query_and_the_widgets_route_answer_alike(here: Town) -> None:
    """``issue_token=0`` is ``type=status``, and the widget's route takes the id in the query."""
    session = await here.create()
    assert (await here.poll(session, issue_token="0"))["poll_type"] == "status"
    assert (await here.poll(session, issue_token="1"))["poll_type"] == "full"
    assert (await here.poll(session))["poll_type"] == "full"
    url = f"{here.url}/api/v1/widget/session/status"
    async with here.browser.get(url, params={"session_id": session["session_id"], "type": "status"}) as answer:
        assert (await answer.json()) == await here.poll(session, type="status")
    async with here.browser.get(url) as answer:
        assert answer.status == 400


async def test_unknown_routes_and_methods_answer_in_the_dialect(here: Town) -> None:
    """404 and 405 have the same shape as every error."""
    async with here.browser.get(f"{here.url}/api/v1/nothing") as answer:
        assert (answer.status, (await answer.json())["error"]) == (404, "NOT_FOUND")
    async with here.browser.put(f"{here.url}/api/v1/auth/session") as answer:
        assert (answer.status, (await answer.json())["error"]) == (405, "METHOD_NOT_ALLOWED")
        assert "POST" in answer.headers["Allow"]


async def test_a_thousand_starts_a_minute_are_too_many(tmp_path: Path) -> None:
    """T19: the default limit answers 429 with ``Retry-After`` and keeps nothing of what it refused."""
    async with town(tmp_path, limits={"logins_per_minute_per_address": 30}) as here:
        await here.daemon.keepers.reached()
        body = b'{"app_id": "%s"}' % here.app.app_id.encode()
        answers = await asyncio.gather(*(post(here, body) for _ in range(1000)))
        refused = [(answer, headers) for status, answer, headers in answers if status == 429]
        assert len(refused) == 970
        assert here.count_logins() == 30
        for answer, headers in refused:
            assert answer["error"] == "RATE_LIMITED"
            assert 1 <= int(headers["Retry-After"]) <= 60
            assert headers["Access-Control-Allow-Origin"] == SITE
        status, _, _ = await post(here, body, **{"X-Forwarded-For": "198.51.100.7"})
        assert status == 200, "another visitor behind the trusted proxy is another network"


async def test_guessing_session_ids_is_stopped(tmp_path: Path) -> None:
    """T8, T32: a network that asks for many unknown sessions is made to wait, but not its neighbours with real ones."""
    async with town(tmp_path, limits={"misses_per_minute_per_address": 5}) as here:
        url = f"{here.url}/api/v1/auth/session/{'0' * 24}"
        statuses = []
        for _ in range(7):
            async with here.browser.get(url) as answer:
                statuses.append(answer.status)
        assert statuses == [404] * 5 + [429] * 2
        await here.daemon.keepers.reached()
        assert (await here.poll(await here.create(), type="status"))["status"] == "pending"


async def test_too_many_waiting_polls_are_refused_and_forgotten_when_they_leave(tmp_path: Path) -> None:
    """T37: waiting polls are bounded per network; a browser that goes away frees its place."""
    async with town(tmp_path, limits={"waiting_polls_per_address": 1}) as here:
        await here.daemon.keepers.reached()
        session = await here.create()
        url = f"{here.url}/api/v1/auth/session/{session['session_id']}?type=status&poll=true"
        first = asyncio.create_task(here.poll(session, type="status", poll="true"))
        bells = here.daemon.services.store.bells
        await until(lambda: len(bells) == 1)
        async with here.browser.get(url) as answer:
            assert answer.status == 429
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await until(lambda: len(bells) == 0)
        async with here.browser.get(url.replace("&poll=true", "")) as answer:
            assert answer.status == 200


FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil.example",
    "Forwarded": "host=evil.example;proto=gopher",
    "X-Original-URL": "https://evil.example/",
}


async def test_no_address_comes_from_the_request(here: Town) -> None:
    """T15: whatever a client or a proxy says that our name is, each address of ours is the one in the settings."""
    app_id, ours = here.app.app_id, "https://id.example.com"
    await here.daemon.services.apps.change_logo(app_id, b"\x89PNG\r\n\x1a\n" + bytes(20))
    api_key = (await here.daemon.services.apps.rotate_keys(app_id)).api_key
    login, told = f"/login/{app_id}", {}
    bodies: tuple[tuple[str, str, Json], ...] = (
        ("POST", "/api/v1/auth/session", {"json": {"app_id": app_id, "qr": True}}),
        ("GET", login, {}),
        ("POST", f"{login}/start", {"data": {"locale": "en"}}),
        ("GET", f"{login}/wait", {}),
        ("GET", "/login/nowhere", {}),
        ("POST", "/v1/auth/session", {"json": {}}),
        ("GET", "/v1/auth/link", {}),
        ("GET", "/v1/subscribe-link", {}),
        ("GET", "/v1/nowhere", {}),
        ("GET", "/openapi.json", {}),
        ("GET", "/docs", {}),
        ("GET", "/health", {}),
    )
    for method, path, more in bodies:
        more["headers"] = {**FORGED, "Authorization": f"Bearer {api_key}"}
        async with here.browser.request(method, here.url + path, allow_redirects=False, **more) as answer:
            told[f"{method} {path}"] = f"{list(answer.headers.items())} {await answer.text()}"
            assert answer.status < 500
    assert [path for path, answer in told.items() if "evil.example" in answer or "gopher" in answer] == []
    session = told["POST /api/v1/auth/session"]
    assert f'"hosted_login_url": "{ours}{login}"' in session.replace('":"', '": "')
    assert f"{ours}{login}/logo" in session
    assert f"{ours}/docs/errors#" in told["GET /v1/nowhere"]
    assert ours in told["GET /openapi.json"]


async def test_guessed_webhook_paths_are_not_there(tmp_path: Path) -> None:
    """T11: without the secret in the path there is no door, whether the bot exists or not."""
    async with town(tmp_path) as here:
        await here.daemon.keepers.reached()
        for path in ("/hooks/tg/guess", "/hooks/other/guess"):
            async with here.browser.post(here.url + path, json={"update_id": 1}) as answer:
                assert answer.status == 404


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(
        st.sampled_from(["app_id", "locale", "return_url", "match", "code_challenge", "code_challenge_method", "x"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2),
    )
)
def test_any_body_is_taken_or_refused_by_its_shape(body: dict[str, object]) -> None:
    """Whatever JSON comes, the shape takes it or refuses it by name; nothing else is raised."""
    with suppress(ValidationError):
        assert len(CreateSession.model_validate_json(json.dumps(body)).app_id) == 24
