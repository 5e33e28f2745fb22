"""What is done with fields that a call does not know."""

import pytest

from http_api.unknown import is_near
from tests.stories.backend import Backend
from tests.stories.town import SITE


@pytest.mark.parametrize("query", ["phone=%2B79991234567", "limitt=5", "chanel=telegram", "page=2"])
async def test_a_query_with_an_unknown_field_is_refused(backend: Backend, query: str) -> None:
    """A filter that nobody heeds would list everybody (faults 2.1)."""
    assert await backend.refused("GET", f"/subscribers?{query}") == (400, "unknown_field")


async def test_unknown_fields_of_a_body_are_named(backend: Backend) -> None:
    """A field of another time is named beside the answer (faults 2.1)."""
    plain = await backend.post("/tags", {"name": "vip"})
    told = await backend.post("/tags", {"name": "gold", "made_up": 1})
    assert told.pop("ignored") == ["made_up"]
    assert set(told) == set(plain)


async def test_a_slip_in_a_body_is_refused(backend: Backend) -> None:
    """Before anything is sent, or a login is made without the number it was to have (faults 2.1)."""
    body = {"subscriber_id": "x", "text": "hello", "permision": "news"}
    assert await backend.refused("POST", "/send", body) == (400, "unknown_field")
    here = backend.town
    for field, status in (("macth", 400), ("return_ur", 400), ("made_up", 200)):
        wishes = {"app_id": here.app.app_id, field: True}
        async with here.browser.post(
            f"{here.url}/api/v1/auth/session", json=wishes, headers={"Origin": SITE}
        ) as answer:
            assert answer.status == status
            assert answer.headers.get("Gatepost-Ignored") == ('"made_up"' if status == 200 else None)
    assert here.count_logins() == 1


def test_what_is_near() -> None:
    """One letter more, less or other, or one swap, of names of five letters and more (faults 2.1)."""
    for name in ("permision", "permissionn", "permizsion", "permissino", "ermission"):
        assert is_near(name, "permission")
    for name in ("permission", "permits", "prmssion", "noissimrep", ""):
        assert not is_near(name, "permission")
    assert not is_near("tet", "text")
