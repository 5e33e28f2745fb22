"""A project's server among its subscribers: lists, tags, permissions, ids of its own, and how it speaks in the bot."""

import re
from urllib.parse import quote

import pytest

from core.model.apps.project import TAGS_LIMIT
from core.model.ids import AppId, BotName
from core.model.people.person import MessengerName, Sender
from core.people.accounts import Accounts
from core.people.names import Names
from core.ports.store import Unit
from core.subscribers.subscriptions import Gain
from tests.stories.backend import Backend, move_in
from tests.stories.town import Town

UNKNOWN = "00000000-0000-0000-0000-000000000000"
SENDER = {
    "sender_name": "",
    "sender_description": "",
    "otp_template": "",
    "otp_code_length": 6,
    "subscribe_message": {},
    "unsubscribe_message": {},
    "subscribe_message_enabled": True,
    "unsubscribe_message_enabled": True,
    "auth_text": {},
    "auth_button_text": {},
}


@pytest.fixture
async def backend(here: Town) -> Backend:
    """Return the server of a project with a tag and two permissions."""
    backend = await move_in(here)
    await backend.post("/tags", {"name": "vip"})
    await backend.post("/permissions", {"key": "terms", "title": "Terms", "required": True})
    await backend.post("/permissions", {"key": "news", "title": "News"})
    return backend


async def join(
    backend: Backend, user_id: str = "1", messenger: MessengerName = MessengerName.TELEGRAM, app_id: AppId | None = None
) -> str:
    """Subscribe somebody called Anna, and return their id; to the town's app unless told otherwise."""
    services = backend.town.daemon.services
    subscriptions, now = services.subscribers.subscriptions, services.clock.now()
    gain = Gain(tags=("vip",), names=Names("Anna", f"anna{user_id}"))
    who = Sender(
        bot=BotName("tg"), messenger=messenger, user_id=user_id, chat=user_id, first_name="Anna", language="ru-RU"
    )

    def put(unit: Unit) -> str:
        account = Accounts(subscriptions.publisher).find_or_add(unit, who, now)
        return subscriptions.ensure(unit, app_id or backend.town.app.app_id, account, now, gain).subscription_id

    return await services.store.write(put)


async def test_a_subscriber_is_shown_as_the_contract_says(backend: Backend) -> None:
    """In the list and alone; times to the second, with Z."""
    anna = await join(backend)
    told = await backend.get("/subscribers")
    (shown,) = told["subscribers"]
    assert told["total"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["created_at"])
    assert shown == {
        "id": anna,
        "channel": "telegram",
        "first_name": "Anna",
        "username": "anna1",
        "lang": "ru",
        "tags": ["vip"],
        "created_at": shown["created_at"],
        "permissions": ["terms"],
        "external_id": None,
    }
    assert await backend.get(f"/subscribers/{anna}") == shown


async def test_the_list_is_paged(backend: Backend) -> None:
    """50 a page unless asked for fewer or, up to 200, more; ``total`` is of all pages, by channel if asked."""
    for number in range(60):
        await join(backend, str(number), MessengerName.MAX if number % 6 == 0 else MessengerName.TELEGRAM)
    first, rest = await backend.get("/subscribers"), await backend.get("/subscribers?offset=50")
    assert [len(page["subscribers"]) for page in (first, rest)] == [50, 10]
    assert first["total"] == rest["total"] == 60
    everybody = (await backend.get("/subscribers?limit=200"))["subscribers"]
    assert everybody == first["subscribers"] + rest["subscribers"]
    assert len({each["id"] for each in everybody}) == 60
    by_max = await backend.get("/subscribers?channel=max&limit=3")
    assert (len(by_max["subscribers"]), by_max["total"]) == (3, 10)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "offset=-1", f"offset={2**64}", "channel=pigeon", "channel="]
)
async def test_a_bad_page(backend: Backend, query: str) -> None:
    """What was asked for is not guessed at."""
    assert await backend.refused("GET", f"/subscribers?{query}") == (400, "validation_failed")


async def test_a_subscriber_is_changed(backend: Backend) -> None:
    """An id of the project's own, tags that are made on the way, permissions of which the required stay."""
    anna = await join(backend)
    assert await backend.put(f"/subscribers/{anna}", {"external_id": "customer 7"}) == {"updated": True}
    assert await backend.put(f"/subscribers/{anna}/tags", {"tags": ["beta", "a_b"]}) == {"updated": True}
    assert await backend.get(f"/subscribers/{anna}/permissions") == {"permissions": ["terms"]}
    told = await backend.put(f"/subscribers/{anna}/permissions", {"permissions": ["news"]})
    assert told == {"updated": True, "permissions": ["terms", "news"]}
    assert await backend.get(f"/subscribers/{anna}/permissions") == {"permissions": ["terms", "news"]}
    shown = await backend.get(f"/subscribers/{anna}")
    assert (shown["external_id"], shown["tags"], shown["permissions"]) == (
        "customer 7",
        ["beta", "a_b"],
        ["terms", "news"],
    )
    assert [tag["name"] for tag in (await backend.get("/tags"))["tags"]] == ["vip", "beta", "a_b"]
    await backend.put(f"/subscribers/{anna}", {"external_id": None})
    assert (await backend.get(f"/subscribers/{anna}"))["external_id"] is None


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("", {"external_id": " 7"}, "invalid_external_id"),
        ("", {"external_id": ""}, "invalid_external_id"),
        ("", {"external_id": 7}, "validation_failed"),
        ("", {}, "validation_failed"),
        ("/tags", {"tags": ["two words"]}, "validation_failed"),
        ("/tags", {"tags": "vip"}, "validation_failed"),
        ("/tags", {"tags": [f"t{number}" for number in range(TAGS_LIMIT)]}, "validation_failed"),
        ("/tags", {}, "validation_failed"),
        ("/permissions", {"permissions": ["spam"]}, "validation_failed"),
        ("/permissions", ["news"], "validation_failed"),
    ],
)
async def test_a_bad_change(backend: Backend, path: str, body: object, code: str) -> None:
    """Refused whole."""
    anna = await join(backend)
    before = await backend.get(f"/subscribers/{anna}")
    assert await backend.refused("PUT", f"/subscribers/{anna}{path}", body) == (400, code)
    assert await backend.get(f"/subscribers/{anna}") == before
    assert await backend.get("/tags") == {"tags": [{"name": "vip", "subscribers": 1}]}


async def test_a_forgotten_subscriber_is_gone(backend: Backend) -> None:
    """Once; then there is nobody to forget."""
    anna = await join(backend)
    status, told = await backend.ask("DELETE", f"/subscribers/{anna}")
    assert (status, told) == (200, {"deleted": True})
    assert await backend.get("/subscribers") == {"subscribers": [], "total": 0}
    assert await backend.refused("DELETE", f"/subscribers/{anna}") == (404, "subscriber_not_found")


async def test_a_forgotten_subscriber_s_login_is_over(backend: Backend) -> None:
    """Whoever was erased between their yes and the site's question is nobody to hand out, and no trouble of ours."""
    session = await backend.town.log_in(backend.town.visitor())
    ((anna, *_), total) = (await backend.get("/subscribers")).values()
    assert total == 1
    await backend.ask("DELETE", f"/subscribers/{anna['id']}")
    assert (await backend.town.poll(session))["status"] == "expired"


async def test_nobody_else_s_subscribers_are_there(backend: Backend) -> None:
    """Another project's, an unknown and a malformed id get one answer."""
    services = backend.town.daemon.services
    stranger = services.apps.draft("stranger", "Stranger")
    await services.apps.create(stranger)
    theirs = await join(backend, app_id=stranger.app_id)
    for each in (theirs, UNKNOWN, "1", quote("ф/%", safe=""), "%FF"):
        for method, path, body in (
            ("GET", "", None),
            ("PUT", "", {"external_id": "7"}),
            ("DELETE", "", None),
            ("PUT", "/tags", {"tags": []}),
            ("GET", "/permissions", None),
            ("PUT", "/permissions", {"permissions": []}),
        ):
            refused = await backend.refused(method, f"/subscribers/{each}{path}", body)
            assert refused == (404, "subscriber_not_found")
    assert (await backend.get("/subscribers"))["total"] == 0
    assert (await services.subscribers.find(stranger.app_id, theirs)).tags == ("vip",)


async def test_tags_are_kept(backend: Backend) -> None:
    """Added, renamed and removed, also on those who have them."""
    anna = await join(backend)
    assert await backend.post("/tags", {"name": "beta"}) == {"name": "beta", "subscribers": 0}
    assert await backend.put("/tags/vip", {"new_name": "gold"}) == {"updated": True}
    assert (await backend.get(f"/subscribers/{anna}"))["tags"] == ["gold"]
    assert await backend.refused("PUT", "/tags/gold", {"new_name": "beta"}) == (409, "conflict")
    assert await backend.refused("POST", "/tags", {"name": "gold"}) == (409, "conflict")
    assert await backend.refused("POST", "/tags", {"name": "тег"}) == (400, "validation_failed")
    assert await backend.refused("PUT", "/tags/vip", {"new_name": "x"}) == (404, "not_found")
    assert await backend.refused("DELETE", f"/tags/{quote('ф/%', safe='')}") == (404, "not_found")
    assert await backend.ask("DELETE", "/tags/gold") == (200, {"deleted": True})
    assert (await backend.get(f"/subscribers/{anna}"))["tags"] == []
    assert await backend.get("/tags") == {"tags": [{"name": "beta", "subscribers": 0}]}


async def test_permissions_are_kept(backend: Backend) -> None:
    """Added and changed; removing one is the operator's business."""
    terms = {"key": "terms", "title": "Terms", "description": "", "required": True}
    news = {"key": "news", "title": "News", "description": "", "required": False}
    assert await backend.get("/permissions") == {"permissions": [terms, news]}
    changed = await backend.put("/permissions/news", {"description": "Once a week"})
    assert changed == {**news, "description": "Once a week"}
    assert await backend.get("/permissions") == {"permissions": [terms, changed]}
    assert await backend.refused("POST", "/permissions", {"key": "news", "title": "x"}) == (409, "conflict")
    assert await backend.refused("POST", "/permissions", {"key": "new"}) == (400, "validation_failed")
    assert await backend.refused("PUT", "/permissions/news", {"title": ""}) == (400, "validation_failed")
    assert await backend.refused("PUT", "/permissions/spam", {"title": "x"}) == (404, "not_found")
    assert await backend.refused("DELETE", "/permissions/news") == (405, "method_not_allowed")


async def test_the_sender_is_changed_bit_by_bit(backend: Backend) -> None:
    """What is missing stays, and all of it is answered; what is refused is named and changes nothing."""
    assert await backend.get("/sender") == SENDER
    changes = {"sender_name": "Чайник", "auth_text": {"ru": "Войти: {{url}}"}, "subscribe_message_enabled": False}
    assert await backend.put("/sender", changes) == {**SENDER, **changes}
    assert await backend.put("/sender", {}) == {**SENDER, **changes}
    status, told = await backend.ask("PUT", "/sender", {"sender_name": "Tea", "otp_template": "no code"})
    assert (status, told["code"]) == (400, "validation_failed")
    assert "otp_template: must contain {{code}}" in told["error"]
    assert await backend.refused("PUT", "/sender", {"auth_text": None}) == (400, "validation_failed")
    assert await backend.refused("PUT", "/sender", {"otp_code_length": 5}) == (400, "validation_failed")
    assert await backend.get("/sender") == {**SENDER, **changes}
    cleared = await backend.put("/sender", {"sender_name": "", "auth_text": {}, "subscribe_message_enabled": True})
    assert cleared == SENDER


async def test_a_test_key_reads_and_changes_nothing(backend: Backend) -> None:
    """The people are the same as the live key's, so it must not touch them either."""
    anna, key = await join(backend), backend.secrets.test_api_key
    for path in ("/subscribers", f"/subscribers/{anna}", f"/subscribers/{anna}/permissions", "/tags", "/permissions"):
        assert await backend.ask("GET", path, key=key) == (200, await backend.get(path))
    for method, path, body in (
        ("PUT", f"/subscribers/{anna}", {"external_id": "7"}),
        ("DELETE", f"/subscribers/{anna}", None),
        ("PUT", f"/subscribers/{anna}/tags", {"tags": []}),
        ("PUT", f"/subscribers/{anna}/permissions", {"permissions": ["news"]}),
        ("POST", "/tags", {"name": "beta"}),
        ("PUT", "/tags/vip", {"new_name": "gold"}),
        ("DELETE", "/tags/vip", None),
        ("POST", "/permissions", {"key": "new", "title": "New"}),
        ("PUT", "/permissions/news", {"title": "New"}),
        ("PUT", "/sender", {"sender_name": "Tea"}),
    ):
        assert await backend.refused(method, path, body, key=key) == (403, "test_key_forbidden")
    shown = await backend.get(f"/subscribers/{anna}")
    assert (shown["external_id"], shown["tags"], shown["permissions"]) == (None, ["vip"], ["terms"])
    assert await backend.get("/sender") == SENDER


async def test_a_site_is_told_in_its_language(backend: Backend) -> None:
    """The codes are the same."""
    _, told = await backend.ask("GET", f"/subscribers/{UNKNOWN}", headers={"Accept-Language": "ru"})
    assert told["error"] == "Такого подписчика нет."
    assert told["retryable"] is False
