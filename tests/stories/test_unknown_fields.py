"""What is done with fields that a call does not know."""

import pytest

from http_api.unknown import is_near
from tests.stories.backend import Backend, subscribed
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


@pytest.mark.parametrize("field", ["tag", "tagz", "tgas", "tags_al", "exclude_tag", "permision"])
async def test_a_misspelt_filter_sends_nothing(backend: Backend, field: str) -> None:
    """Not even one of four letters, for a message to many would go to all (faults 2.1)."""
    assert await backend.refused("POST", "/broadcast", {"text": "x", field: ["vip"]}) == (400, "unknown_field")
    assert (await backend.get("/broadcast"))["broadcasts"] == []


@pytest.mark.parametrize("query", ["x=1", "limit=5"])
async def test_a_query_where_there_is_none_is_refused(backend: Backend, query: str) -> None:
    """Whether the call has a body or not (faults 2.1)."""
    assert await backend.refused("GET", f"/tags?{query}") == (400, "unknown_field")
    assert await backend.refused("POST", f"/tags?{query}", {"name": "vip"}) == (400, "unknown_field")
    assert (await backend.get("/tags"))["tags"] == []


async def test_fields_inside_fields(backend: Backend) -> None:
    """They are named by their path, and slips are refused by theirs (faults 2.1)."""
    buttons = [[{"text": "a", "url": "https://x.example"}, {"text": "b", "url": "https://x.example", "colour": "red"}]]
    body = {"text": "hi", "media": {"type": "photo", "url": "https://x.example/a.png", "alt": "x"}, "buttons": buttons}
    _, subscriber_id = await subscribed(backend, backend.town.handset("telegram"))
    status, told = await backend.ask("POST", "/send", {**body, "subscriber_id": subscriber_id})
    assert (status, told["ignored"]) == (200, ["media.alt", "buttons[0][1].colour"])
    slip = {"text": "hi", "buttons": [[{"text": "a", "calback_data": "x"}]]}
    status, told = await backend.ask("POST", "/broadcast", {**slip, "dry_run": True})
    assert (status, told["code"]) == (400, "unknown_field")
    assert "buttons[0][0].calback_data" in told["error"]
    assert "callback_data" in told["error"]


async def test_a_misspelt_field_that_must_be_there_is_told(backend: Backend) -> None:
    """The slip is named, not only the field that is missing (faults 2.1)."""
    status, told = await backend.ask("POST", "/otp/send", {"subscribr_id": "x"})
    assert (status, told["code"]) == (400, "unknown_field")
    assert "subscribr_id" in told["error"]
    assert "subscriber_id" in told["error"]


async def test_what_is_named_is_bounded(backend: Backend) -> None:
    """At most twenty names of 64 characters, whatever is in them (faults 2.1)."""
    body = {"name": "vip", **{f"é\n{number}{'x' * 100}": number for number in range(30)}}
    told = await backend.post("/tags", body)
    assert len(told["ignored"]) == 20
    assert {len(name) for name in told["ignored"]} == {64}


async def test_the_site_dialect_does_the_same(backend: Backend) -> None:
    """Bodies are named and slips refused; pages may add to an address what they like (faults 2.1)."""
    here = backend.town
    token = {"X-Authorization": f"token {backend.secrets.message_api_token}"}
    for field, expected in (("recipent", 400), ("mesage", 400)):
        body = {"recipient": "+79990000000", "message": "x", field: "y"}
        async with here.browser.post(f"{here.url}/api/v1/message/send", json=body, headers=token) as answer:
            told = await answer.json()
            assert (answer.status, told["error"]) == (expected, "UNKNOWN_FIELD")
    wishes = {"app_id": here.app.app_id, "made_up": True}
    async with here.browser.post(f"{here.url}/api/v1/auth/session", json=wishes, headers={"Origin": SITE}) as answer:
        started = await answer.json()
        assert started["ignored"] == ["made_up"]
        assert "Gatepost-Ignored" in answer.headers["Access-Control-Expose-Headers"]
    address = f"{here.url}/api/v1/auth/session/{started['session_id']}"
    for query, status in (("type=status&_=17", 200), ("issue_tokn=false", 400), ("code_verifer=x", 400)):
        async with here.browser.get(f"{address}?{query}") as answer:
            assert answer.status == status
            assert "Gatepost-Ignored" not in answer.headers


async def test_subscribers_are_found_by_id_and_tag(backend: Backend) -> None:
    """By the site's own id, and by tag; nobody is found by phone (faults 2.1)."""
    handset = backend.town.handset("telegram")
    ids = [(await subscribed(backend, handset))[1] for _ in range(3)]
    await backend.put(f"/subscribers/{ids[0]}", {"external_id": "u-1"})
    await backend.put(f"/subscribers/{ids[1]}/tags", {"tags": ["vip"]})
    for query, found in (("external_id=u-1", ids[0]), ("tag=vip", ids[1])):
        page = await backend.get(f"/subscribers?{query}")
        assert ([each["id"] for each in page["subscribers"]], page["total"]) == ([found], 1)
    for query in ("external_id=u-2", "tag=vi", "tag=vip&external_id=u-1", "tag=vip&channel=max"):
        assert await backend.get(f"/subscribers?{query}") == {"subscribers": [], "total": 0}
    assert await backend.refused("GET", "/subscribers?tag=") == (400, "validation_failed")
    assert await backend.refused("GET", "/subscribers?phone=x") == (400, "unknown_field")
