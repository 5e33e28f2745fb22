"""What a site that asks in Russian is told when something is wrong."""

import re

import pytest

from tests.stories.backend import Backend
from tests.stories.town import Json

_RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
_LOST = "00000000-0000-4000-8000-000000000000"
_ENGLISH = re.compile(
    r"\b(must|should|is|the|at most|there|not|required|invalid|have|already|your|and)\b", re.IGNORECASE
)


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/send", {"subscriber_id": _LOST}, "text: укажите, что отправить: text или template"),
        ("POST", "/send", {"text": "x"}, "subscriber_id: укажите, о ком речь: subscriber_id или external_id"),
        ("POST", "/send", {"subscriber_id": _LOST, "text": " "}, "text: здесь пусто"),
        (
            "POST",
            "/send",
            {"subscriber_id": _LOST, "text": "<b>x", "format": "html"},
            "text: <b>, знак 1: этот тег не закрыт",
        ),
        (
            "POST",
            "/send",
            {"subscriber_id": _LOST, "text": "[x](ftp:x)", "format": "markdown"},
            "text: ссылка под [x]: нужен полный адрес; он может начинаться с http:, https:, mailto:, tel:, tg:",
        ),
        ("POST", "/send", {"subscriber_id": 7, "text": "x"}, "subscriber_id: нужна строка"),
        ("POST", "/tags", {}, "name: это поле обязательно"),
        ("POST", "/tags", {"name": "a b"}, "tag: нужно от 1 до 64 знаков из A-Z, a-z, 0-9, '-' и '_'"),
        ("GET", "/subscribers?limit=many", None, "limit: нужно целое число"),
        ("GET", "/deliveries?cursor=x", None, "cursor: мы такого не выдавали, или он устарел"),
        ("PUT", "/sender", {"otp_template": "{{code}} <b>"}, "otp_template: <b>, знак 10: этот тег не закрыт"),
        (
            "POST",
            "/webhooks",
            {"url": "https://shop.example.com:22/", "events": []},
            "url: порт может быть 80, 443 или от 1024 до 65535",
        ),
        ("POST", "/recurring", {"name": "x", "text": "x"}, "interval_hours: укажите что-то одно"),
        (
            "POST",
            "/drip-chains",
            {"trigger": "event", "trigger_value": "x", "steps": []},
            "steps: их 0, а нужно не меньше 1",
        ),
    ],
)
async def test_what_is_wrong_is_said_in_russian(
    backend: Backend, method: str, path: str, body: Json | None, said: str
) -> None:
    """The core's complaints and those of shapes; the code is the same, and no English is left (faults 5.4)."""
    status, told = await backend.ask(method, path, body, headers=_RUSSIAN)
    assert (status, told["code"]) == (400, "validation_failed")
    assert said in told["error"]
    assert _ENGLISH.search(told["error"]) is None
    _, english = await backend.ask(method, path, body)
    assert re.search("[а-я]", english["error"]) is None


async def test_a_conflict_is_said_in_russian(backend: Backend) -> None:
    """Which conflict it is too (faults 5.4)."""
    await backend.post("/tags", {"name": "vip"})
    status, told = await backend.ask("POST", "/tags", {"name": "vip"}, headers=_RUSSIAN)
    assert (status, told["code"]) == (409, "conflict")
    assert told["error"] == "Это не согласуется с тем, что уже есть. Такой тег уже есть."


async def test_a_bad_idempotency_key_is_said_in_russian(backend: Backend) -> None:
    """Headers are complained of too (faults 5.4)."""
    body = {"subscriber_id": _LOST, "text": "x"}
    _, told = await backend.ask("POST", "/send", body, headers={**_RUSSIAN, "Idempotency-Key": "ключ" * 2})
    assert "Idempotency-Key: нужно от 1 до 255 печатных знаков ASCII" in told["error"]
