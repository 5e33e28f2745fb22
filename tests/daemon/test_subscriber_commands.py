"""``gatepost permission`` and ``gatepost subscriber``, as an operator and a script see them."""

import asyncio
from pathlib import Path

import pytest

from core.model.ids import BotName, SubscriptionId
from core.model.people.person import MessengerName, Sender
from core.people.accounts import Accounts
from core.people.names import Names
from core.ports.store import Unit
from core.subscribers.subscriptions import Gain
from daemon import wiring
from daemon.messengers import load
from tests.daemon.conftest import CREATE, Run

ANNA = Sender(
    bot=BotName("tg"), messenger=MessengerName.TELEGRAM, user_id="1", chat="1", first_name="Anna", language="ru"
)


@pytest.fixture
def anna(run: Run, config: Path) -> SubscriptionId:
    """Subscribe somebody to an app that has a permission, and return the subscription's id."""
    run(*CREATE)
    run("permission", "add", "tea", "news", "--title", "News", "--required")

    async def join() -> SubscriptionId:
        async with wiring.open_admin(load(config)) as admin:
            subscriptions, now = admin.subscribers.subscriptions, admin.subscribers.clock.now()
            app_id = (await admin.apps.find("tea")).app_id

            def put(unit: Unit) -> SubscriptionId:
                account = Accounts(subscriptions.publisher).find_or_add(unit, ANNA, now)
                gain = Gain(tags=("vip",), names=Names("Anna [red]", "anna"))
                return subscriptions.ensure(unit, app_id, account, now, gain).subscription_id

            return await admin.store.write(put)

    return asyncio.run(join())


def test_permissions_are_added_listed_and_removed(run: Run) -> None:
    """Without any, the operator is told how to make one."""
    run(*CREATE)
    assert "gatepost permission add" in run("permission", "list", "tea").out
    assert run("permission", "list", "tea", "--json").json == []

    news = run("permission", "add", "tea", "news", "--title", "News", "--description", "Once a week", "--json").json
    assert "terms" in run("permission", "add", "tea", "terms", "--title", "Terms", "--required").out

    terms = {"key": "terms", "title": "Terms", "description": "", "required": True}
    assert news == {"key": "news", "title": "News", "description": "Once a week", "required": False}
    assert run("permission", "list", "tea", "--json").json == [news, terms]
    assert "Once a week" in run("permission", "list", "tea").out
    assert run("permission", "add", "tea", "news", "--title", "News").err.startswith("PERMISSION_EXISTS: ")
    assert "news" in run("permission", "remove", "tea", "news").out
    assert run("permission", "list", "tea", "--json").json == [terms]


def test_subscribers_are_listed_and_shown(run: Run, anna: SubscriptionId) -> None:
    """A script gets the whole; people get a table, in which a name is a name and no markup."""
    listed = run("subscriber", "list", "tea", "--json").json

    assert listed == {
        "subscribers": [
            {
                "id": anna,
                "channel": "telegram",
                "first_name": "Anna [red]",
                "username": "anna",
                "lang": "ru",
                "tags": ["vip"],
                "permissions": ["news"],
                "external_id": None,
                "created_at": listed["subscribers"][0]["created_at"],
            }
        ],
        "total": 1,
    }
    assert run("subscriber", "show", "tea", anna, "--json").json == listed["subscribers"][0]
    for shown in (run("subscriber", "list", "tea"), run("subscriber", "show", "tea", anna)):
        assert anna in shown.out
        assert "Anna [red]" in shown.out
    assert run("subscriber", "list", "tea", "--tag", "vip", "--json").json["total"] == 1
    assert run("subscriber", "list", "tea", "--external-id", "u-1", "--json").json["total"] == 0
    assert run("subscriber", "list", "tea", "--channel", "max", "--json").json == {"subscribers": [], "total": 0}
    assert run("subscriber", "list", "tea", "--offset", "1").out == "0 of 1.\n"


def test_a_removed_permission_is_removed_from_subscribers(run: Run, anna: SubscriptionId) -> None:
    """At once, beside a running daemon or not."""
    run("permission", "remove", "tea", "news")

    assert run("subscriber", "show", "tea", anna, "--json").json["permissions"] == []


def test_a_forgotten_subscriber_is_gone(run: Run, anna: SubscriptionId) -> None:
    """Once is enough; the second time there is nobody to forget."""
    assert run("subscriber", "forget", "tea", anna).out == "Forgotten.\n"

    assert run("subscriber", "list", "tea", "--json").json["total"] == 0
    assert run("subscriber", "forget", "tea", anna).err.startswith("SUBSCRIBER_NOT_FOUND: ")


def test_no_name_does_more_to_a_terminal_than_being_read(run: Run, config: Path) -> None:
    """Faults 1.4: a name kept by an older version with escapes and half an emoji is listed, and can do nothing."""
    run(*CREATE)
    nasty = "\x1b[2J\x1b]0;root\x07Anna\u202e\ud83d\x9b"

    async def join() -> None:
        async with wiring.open_admin(load(config)) as admin:
            subscriptions, now = admin.subscribers.subscriptions, admin.subscribers.clock.now()
            app_id = (await admin.apps.find("tea")).app_id

            def put(unit: Unit) -> None:
                account = Accounts(subscriptions.publisher).find_or_add(unit, ANNA, now)
                subscriptions.ensure(unit, app_id, account, now, Gain(names=Names(nasty, "anna")))

            await admin.store.write(put)

    asyncio.run(join())
    listed = run("subscriber", "list", "tea")
    assert listed.status == 0
    assert "Anna" in listed.out
    assert not {"\x1b", "\x07", "\x9b"} & set(listed.out)
    assert "Anna" in run("subscriber", "list", "tea", "--json").json["subscribers"][0]["first_name"]
    refused = run("app", "show", f"coffee{nasty}")
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(refused.err)


def test_a_misspelt_option_is_refused_and_the_nearest_named(run: Run) -> None:
    """Nothing is listed by a filter that nobody heeds (faults 2.1)."""
    refused = run("subscriber", "list", "tea", "--chanel", "max")
    assert (refused.status, refused.out) == (2, "")
    assert "--channel" in refused.err
