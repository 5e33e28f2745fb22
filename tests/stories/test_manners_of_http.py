"""What every request meets, whatever it asks for: packed bodies, long heads, byte order marks, and ids in the log."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator

import pytest

from tests.stories.backend import Backend
from tests.stories.town import SITE, Town
from tests.waiting import patience

EVERYWHERE = [
    ("POST", "/api/v1/auth/session"),
    ("GET", "/api/v1/auth/session/683f1a2b3c4d5e6f7a8b9c0d"),
    ("POST", "/api/v1/message/send"),
    ("GET", "/api/v1/nothing"),
    ("POST", "/v1/send"),
    ("GET", "/v1/subscribers"),
    ("GET", "/v1/nothing"),
    ("POST", "/hooks/tg/secret"),
    ("GET", "/hooks/tg/secret"),
    ("GET", "/widget.js"),
    ("GET", "/login/683f1a2b3c4d5e6f7a8b9c0d"),
    ("POST", "/login/683f1a2b3c4d5e6f7a8b9c0d/start"),
    ("GET", "/login/static/page.js"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("GET", "/nothing"),
]


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br", "deflate", "identity", "x"])
async def test_a_packed_body_is_refused_everywhere(here: Town, coding: str, caplog: pytest.LogCaptureFixture) -> None:
    """415 in our own shape, wherever it goes, and its id is in the log (faults 7.2, 1.8)."""
    caplog.set_level(logging.INFO)
    bomb = gzip.compress(b" " * 50_000_000)
    for method, path in EVERYWHERE:
        async with here.browser.request(
            method, f"{here.url}{path}", data=bomb, headers={"Content-Encoding": coding, "Content-Type": "text/plain"}
        ) as answer:
            assert answer.status == 415, path
            if path.startswith("/login/"):
                assert answer.content_type == "text/html"
            elif path.startswith("/v1"):
                assert (await answer.json())["code"] == "unsupported_media_type"
            else:
                assert (await answer.json())["error"] == "VALIDATION_ERROR"
            request_id = answer.headers["X-Request-Id"]
        assert [vars(each)["status"] for each in caplog.records if vars(each).get("request_id") == request_id] == [415]


async def test_a_body_is_never_unpacked(here: Town) -> None:
    """What is packed on the way (``Transfer-Encoding``) is refused too, in chunks as well (faults 7.2)."""

    async def chunks() -> AsyncIterator[bytes]:
        yield gzip.compress(b" " * 1000)

    url = f"{here.url}/api/v1/auth/session"
    async with here.browser.post(url, data=chunks(), headers={"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 415
    reader, writer = await asyncio.open_connection("127.0.0.1", here.daemon.port)
    writer.write(b"POST /api/v1/auth/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    async with patience():
        assert (await reader.readline()).split()[1] in {b"400", b"415"}
    writer.close()


async def test_a_byte_order_mark_before_json_is_passed_over(here: Town, backend: Backend) -> None:
    """Both dialects read a body that begins with one (faults 1.8)."""
    mark = b"\xef\xbb\xbf"
    body = mark + json.dumps({"app_id": here.app.app_id}).encode()
    async with here.browser.post(f"{here.url}/api/v1/auth/session", data=body, headers={"Origin": SITE}) as answer:
        assert answer.status == 200
    headers = {"Authorization": f"Bearer {backend.secrets.api_key}", "Content-Type": "application/json"}
    body = mark + json.dumps({"name": "news", "display_name": "News"}).encode()
    async with here.browser.put(f"{here.url}/v1/sender", data=mark + b"{}", headers=headers) as answer:
        assert answer.status != 400 or "JSON" not in await answer.text()


async def test_nine_kilobytes_of_cookies_open_the_page(here: Town) -> None:
    """A visitor with all cookies of the parent domain sees the page; with 40 KB, why not (faults 1.7)."""
    page = f"{here.url}/login/{here.app.app_id}"
    for size, status in ((9_000, 200), (31_000, 200), (40_000, 431)):
        headers = {"Cookie": f"other={'x' * size}", "Accept-Language": "en"}
        async with here.browser.get(page, params={"return_url": f"{SITE}/callback"}, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (status, "text/html"), size
            if status != 200:
                assert "cookies" in await answer.text()
    many = {f"X-{number}": "y" * 8_000 for number in range(5)}
    async with here.browser.get(page, headers=many) as answer:
        assert (answer.status, answer.content_type) == (431, "text/html")
    async with here.browser.get(f"{here.url}/v1/subscribers", headers=many) as answer:
        assert (answer.status, (await answer.json())["code"]) == (431, "headers_too_large")


async def test_every_refusal_is_one_line_with_its_id(
    here: Town, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is refused is found in the log by the id in the answer; nothing else is said (faults 3.2)."""
    caplog.set_level(logging.INFO)
    key = {"Authorization": f"Bearer {backend.secrets.api_key}"}
    site = f"/api/v1/auth/session/{'0' * 24}"
    cases = [
        ("GET", "/v1/subscribers", 401, {}, None),
        ("GET", "/v1/nothing", 404, key, None),
        ("PATCH", "/v1/subscribers", 405, key, None),
        ("POST", "/v1/send", 415, key, b"x"),
        ("POST", "/v1/send", 400, {**key, "Content-Type": "application/json"}, b"[]"),
        ("POST", "/v1/send", 413, {**key, "Content-Type": "application/json"}, b" " * 70_000),
        ("GET", site, 404, {}, None),
        ("PUT", site, 405, {}, None),
        ("POST", "/api/v1/auth/session", 413, {}, b" " * 70_000),
        ("POST", "/api/v1/auth/session", 400, {}, b"{}"),
        ("GET", "/nowhere?name=Anna", 404, {}, None),
        ("POST", "/health", 405, {}, None),
        ("GET", "/login/nowhere", 404, {}, None),
        ("POST", "/hooks/tg/guessed-s3cret", 404, {}, b"{}"),
    ]
    for method, path, status, headers, body in cases:
        async with here.browser.request(method, f"{here.url}{path}", headers=headers, data=body) as answer:
            assert answer.status == status, path
            request_id = answer.headers["X-Request-Id"]
            if path.startswith("/api/"):
                assert (await answer.json())["correlation_id"] == request_id
        (line,) = [vars(each) for each in caplog.records if vars(each).get("request_id") == request_id]
        assert (line["levelno"], line["status"]) == (logging.INFO, status)
        assert line["app"] == (here.app.app_id if headers else "")
    told = str([vars(each) for each in caplog.records])
    assert "guessed-s3cret" not in told
    assert "Anna" not in told
