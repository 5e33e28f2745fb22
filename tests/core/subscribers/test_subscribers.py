"""What a site may see and change of its subscribers, and that nobody else's are there."""

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.apps.app import App
from core.model.apps.project import TAGS_LIMIT, Permission, Project
from core.model.ids import AppId, EndpointId, SubscriptionId
from core.model.people.person import MessengerName
from core.model.subscribers.errors import InvalidExternalId, SubscriberNotFound
from core.model.subscribers.subscriber import (
    ALL_SUBSCRIBERS,
    Subscriber,
    SubscriberFilter,
    checked_external_id,
    read_subscription_id,
)
from core.model.webhooks.webhook import DeliveryFilter, DeliveryState, Endpoint
from core.people.names import Names
from core.ports.store import Store, Unit
from core.privacy.erasure import Erasure
from core.subscribers.subscribers import Subscribers
from core.subscribers.subscriptions import Gain
from core.webhooks.publisher import delivery_context
from tests.core.conftest import PUBLISHER, SETTLEMENT, SUBSCRIPTIONS, SetClock
from tests.core.subscribed import OTHER, SHOP, join, kept, leave

PERMISSIONS = (Permission("terms", "Terms", required=True), Permission("news", "News"), Permission("sales", "Sales"))
ANNA = Gain(tags=("vip",), permissions=("news",), names=Names("Anna", "anna"))


@pytest.fixture
async def subscribers(store: Store, clock: SetClock) -> Subscribers:
    """Return the story, of two apps with the same permissions."""

    def found(unit: Unit) -> None:
        for app_id, slug in ((SHOP, "shop"), (OTHER, "other")):
            unit.apps.add(App(app_id=app_id, slug=slug, name=slug, created_at=clock.time))
            unit.apps.put_project(Project(app_id=app_id, tags=("vip",), permissions=PERMISSIONS))

    await store.write(found)
    return Subscribers(store=store, clock=clock, subscriptions=SUBSCRIPTIONS)


def erasure(subscribers: Subscribers) -> Erasure:
    """Return the story that forgets them."""
    return Erasure(store=subscribers.store, clock=subscribers.clock, settlement=SETTLEMENT)


@pytest.fixture
async def anna(subscribers: Subscribers) -> SubscriptionId:
    """Return the id of a subscriber of the shop."""
    return await join(subscribers.store, "1", ANNA)


async def project_tags(subscribers: Subscribers) -> tuple[str, ...]:
    """Return the shop's tags."""
    return (await subscribers.store.read(lambda unit: unit.apps.project(SHOP))).tags


async def test_a_subscriber_is_shown_in_full(subscribers: Subscribers, clock: SetClock, anna: SubscriptionId) -> None:
    """With the names the messenger told, two letters of the language, and the required permission."""
    shown = await subscribers.find(SHOP, anna)
    assert shown == Subscriber(
        subscription_id=anna,
        channel=MessengerName.TELEGRAM,
        first_name="Anna",
        username="anna",
        lang="ru",
        tags=("vip",),
        permissions=("terms", "news"),
        external_id=None,
        created_at=clock.time,
    )
    assert await subscribers.find(SHOP, anna.upper()) == shown


async def test_subscribers_are_paged_newest_first(subscribers: Subscribers, clock: SetClock) -> None:
    """The total is of all; who left is not there, and neither are the other app's."""
    ids = []
    for user_id in ("1", "max 2", "3", "4"):
        clock.time += timedelta(minutes=1)
        ids.append(await join(subscribers.store, user_id, at=clock.time))
    await join(subscribers.store, "1", app_id=OTHER)
    await leave(subscribers.store, ids[3])
    page, total = await subscribers.page(SHOP, ALL_SUBSCRIBERS, 2, 0)
    assert ([each.subscription_id for each in page], total) == ([ids[2], ids[1]], 3)
    page, total = await subscribers.page(SHOP, ALL_SUBSCRIBERS, 2, 2)
    assert ([each.subscription_id for each in page], total) == ([ids[0]], 3)
    page, total = await subscribers.page(SHOP, SubscriberFilter(MessengerName.MAX), 50, 0)
    assert ([each.subscription_id for each in page], total) == ([ids[1]], 1)
    assert await subscribers.page(SHOP, SubscriberFilter(MessengerName.WHATSAPP), 50, 0) == ([], 0)


@pytest.mark.parametrize(
    "case", ["another app's", "ended", "forgotten", "unknown", "malformed", "unprintable", "empty"]
)
async def test_who_is_not_there_is_not_found(subscribers: Subscribers, anna: SubscriptionId, case: str) -> None:
    """One answer, whatever the reason and whatever is asked, and nothing is changed."""
    odd = {
        "unknown": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
        "malformed": f"{{{anna}}}",
        "unprintable": "\udcff",
        "empty": "",
    }
    asked = odd.get(case, anna)
    app_id = OTHER if case == "another app's" else SHOP
    if case == "ended":
        await leave(subscribers.store, anna)
    if case == "forgotten":
        await erasure(subscribers).forget(SHOP, anna)
    before = await kept(subscribers.store, anna)
    for call in (
        subscribers.find(app_id, asked),
        subscribers.change_tags(app_id, asked, ["new"]),
        subscribers.change_permissions(app_id, asked, []),
        subscribers.change_external_id(app_id, asked, "7"),
    ):
        with pytest.raises(SubscriberNotFound):
            await call
    if case != "ended":
        with pytest.raises(SubscriberNotFound):
            await erasure(subscribers).forget(app_id, asked)
    assert await kept(subscribers.store, anna) == before
    assert await project_tags(subscribers) == ("vip",)


async def test_who_has_left_can_still_be_forgotten(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """A site that is asked to erase somebody can, though it may not write to them any more."""
    await leave(subscribers.store, anna)
    await erasure(subscribers).forget(SHOP, anna)
    assert await kept(subscribers.store, anna) is None


async def test_names_are_erased_at_the_end(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """Who comes back without telling a name has none; the id, the tags and the site's own id are as they were."""
    await subscribers.change_external_id(SHOP, anna, "7")
    await leave(subscribers.store, anna)
    ended = await kept(subscribers.store, anna)
    assert ended is not None
    assert ended.names is None
    assert await join(subscribers.store, "1") == anna
    back = await subscribers.find(SHOP, anna)
    assert (back.first_name, back.username, back.permissions) == ("", "", ("terms",))
    assert (back.tags, back.external_id) == (("vip",), "7")


async def test_a_forgotten_subscriber_leaves_nothing(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """The other app's subscription stays; who comes back is somebody new."""
    other = await join(subscribers.store, "1", app_id=OTHER)
    await erasure(subscribers).forget(SHOP, anna)
    assert await kept(subscribers.store, anna) is None
    assert await subscribers.page(SHOP, ALL_SUBSCRIBERS, 50, 0) == ([], 0)
    assert (await subscribers.find(OTHER, other)).subscription_id == other
    assert await join(subscribers.store, "1") != anna


async def test_the_site_is_told_of_who_was_forgotten(
    subscribers: Subscribers, anna: SubscriptionId, tmp_path: Path
) -> None:
    """Once, however often it asks; without a name."""
    with closing(sqlite3.connect(tmp_path / "gatepost.db")) as database, database:
        database.execute(
            "INSERT INTO endpoints (endpoint_id, app_id, url, events, description, enabled, secret, created_at)"
            " VALUES ('e', ?, 'https://shop.example.com/hook', '[]', '', 1, x'00', 0)",
            (SHOP,),
        )
    outcomes = await asyncio.gather(
        *(erasure(subscribers).forget(SHOP, anna) for _ in range(2)), return_exceptions=True
    )
    assert sorted(map(type, outcomes), key=str) == [type(None), SubscriberNotFound]
    with closing(sqlite3.connect(tmp_path / "gatepost.db")) as database:
        notes = database.execute("SELECT delivery_id, event, body FROM deliveries").fetchall()
    assert [event for _, event, _ in notes] == ["subscription.deleted"]
    told = json.loads(PUBLISHER.seal.open(notes[0][2], delivery_context(notes[0][0])))
    assert told["data"] == {"subscriber_id": anna, "channel": "telegram"}


async def test_what_the_site_was_told_of_who_is_forgotten_is_erased(subscribers: Subscribers, clock: SetClock) -> None:
    """Also what it was not told yet; of others, and of the other app's subscription of the same person, nothing is."""
    for app_id in (SHOP, OTHER):
        endpoint = Endpoint(
            endpoint_id=EndpointId(app_id), app_id=app_id, url="https://a.example/", secret=b"s", created_at=clock.time
        )
        await subscribers.store.write(lambda unit, endpoint=endpoint: unit.webhooks.add_endpoint(endpoint))  # type: ignore[misc]
    anna = await join(subscribers.store, "1", ANNA)
    await join(subscribers.store, "2", ANNA)
    await join(subscribers.store, "1", ANNA, OTHER)
    await erasure(subscribers).forget(SHOP, anna)

    async def told(app_id: AppId) -> list[tuple[str, bool, bool]]:
        wanted = DeliveryFilter(app_id)
        found = await subscribers.store.read(lambda unit: unit.webhooks.deliveries(wanted, None, 10))
        return sorted((each.event, each.subscription_id == anna, bool(each.body)) for each in found)

    assert await told(SHOP) == [
        ("subscription.created", False, True),
        ("subscription.created", True, False),
        ("subscription.deleted", True, True),
    ]
    assert await told(OTHER) == [("subscription.created", False, True)]
    (dropped,) = await subscribers.store.read(
        lambda unit: unit.webhooks.deliveries(DeliveryFilter(SHOP, state=DeliveryState.FAILED), None, 10)
    )
    assert (dropped.error, dropped.next_at) == ("erased at the subscriber's request", None)


async def test_tags_are_replaced_and_new_ones_made(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """The whole list is as it was sent, once each; the project keeps those that nobody has any more."""
    await subscribers.change_tags(SHOP, anna, ["beta", "a_b", "beta"])
    assert (await subscribers.find(SHOP, anna)).tags == ("beta", "a_b")
    assert await project_tags(subscribers) == ("vip", "beta", "a_b")
    await subscribers.change_tags(SHOP, anna, [])
    assert (await subscribers.find(SHOP, anna)).tags == ()
    assert await project_tags(subscribers) == ("vip", "beta", "a_b")


@pytest.mark.parametrize("bad", [[""], ["good", "two words"], ["тег"], ["a" * 65], ["\ud800"], ['a"b']])
async def test_a_bad_tag_changes_nothing(subscribers: Subscribers, anna: SubscriptionId, bad: list[str]) -> None:
    """Neither the subscriber nor the project."""
    with pytest.raises(Invalid, match=r"^tag: "):
        await subscribers.change_tags(SHOP, anna, bad)
    assert (await subscribers.find(SHOP, anna)).tags == ("vip",)
    assert await project_tags(subscribers) == ("vip",)


async def test_a_project_has_no_more_tags_than_it_may(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """Up to the limit they are made; over it all are refused; those that are there may always be given."""
    most = [f"t{number}" for number in range(TAGS_LIMIT - 1)]
    with pytest.raises(Invalid, match=r"^tags: a project may have 20, and with these it would have 21"):
        await subscribers.change_tags(SHOP, anna, [*most, "over"])
    assert await project_tags(subscribers) == ("vip",)
    await subscribers.change_tags(SHOP, anna, most)
    await subscribers.change_tags(SHOP, anna, ["vip", *most])
    assert len((await subscribers.find(SHOP, anna)).tags) == len(await project_tags(subscribers)) == TAGS_LIMIT
    with pytest.raises(Invalid):
        await subscribers.change_tags(SHOP, anna, ["over"])


async def test_of_two_calls_at_once_for_the_last_tag_one_is_refused(
    subscribers: Subscribers, anna: SubscriptionId
) -> None:
    """And it changes nothing, while both may make the same tag."""
    boris = await join(subscribers.store, "2")
    await subscribers.change_tags(SHOP, anna, [f"t{number}" for number in range(TAGS_LIMIT - 2)])
    outcomes = await asyncio.gather(
        subscribers.change_tags(SHOP, anna, ["last"]),
        subscribers.change_tags(SHOP, boris, ["another"]),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(Invalid) == 1
    assert len(await project_tags(subscribers)) == TAGS_LIMIT
    given = {*(await subscribers.find(SHOP, anna)).tags, *(await subscribers.find(SHOP, boris)).tags}
    assert given & {"last", "another"} <= {*await project_tags(subscribers)}
    assert len(given & {"last", "another"}) == 1


async def test_permissions_are_replaced_but_for_the_required(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """They come in the project's order, whatever order they were sent in."""
    assert await subscribers.change_permissions(SHOP, anna, ["sales", "news", "sales"]) == ("terms", "news", "sales")
    assert await subscribers.change_permissions(SHOP, anna, []) == ("terms",)
    assert (await subscribers.find(SHOP, anna)).permissions == ("terms",)


async def test_a_permission_that_became_required_is_nobodys_until_given(
    subscribers: Subscribers, anna: SubscriptionId
) -> None:
    """Nobody agrees to something by a change of settings; once given it stays."""
    required = (*PERMISSIONS[:2], replace(PERMISSIONS[2], required=True))
    await subscribers.store.write(lambda unit: unit.apps.put_project(Project(app_id=SHOP, permissions=required)))
    assert await subscribers.change_permissions(SHOP, anna, ["news"]) == ("terms", "news")
    assert await subscribers.change_permissions(SHOP, anna, ["sales"]) == ("terms", "sales")
    assert await subscribers.change_permissions(SHOP, anna, []) == ("terms", "sales")


async def test_an_unknown_permission_changes_nothing(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """Permissions, unlike tags, are made on purpose only."""
    with pytest.raises(Invalid, match=r"^permissions: "):
        await subscribers.change_permissions(SHOP, anna, ["sales", "spam"])
    assert (await subscribers.find(SHOP, anna)).permissions == ("terms", "news")


async def test_one_external_id_may_own_several_subscriptions(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """Telegram's and MAX's of one customer; ``None`` forgets it of one of them."""
    in_max = await join(subscribers.store, "max 1")
    for each in (anna, in_max):
        await subscribers.change_external_id(SHOP, each, "Клиент № 7")
    await subscribers.change_external_id(SHOP, anna, None)
    assert (await subscribers.find(SHOP, anna)).external_id is None
    assert (await subscribers.find(SHOP, in_max)).external_id == "Клиент № 7"


@pytest.mark.parametrize("bad", ["", " ", " 7", "7 ", "7\n", "a\tb", "a\u200bb", "a\u00a0b", "\ud800", "7" * 129])
async def test_a_bad_external_id_changes_nothing(subscribers: Subscribers, anna: SubscriptionId, bad: str) -> None:
    """It is refused by its own code."""
    await subscribers.change_external_id(SHOP, anna, "7")
    with pytest.raises(InvalidExternalId):
        await subscribers.change_external_id(SHOP, anna, bad)
    assert (await subscribers.find(SHOP, anna)).external_id == "7"


async def test_changes_at_once_do_not_undo_each_other(subscribers: Subscribers, anna: SubscriptionId) -> None:
    """Each reads what it changes in its own transaction."""
    await asyncio.gather(
        subscribers.change_tags(SHOP, anna, ["beta"]),
        subscribers.change_permissions(SHOP, anna, ["sales"]),
        subscribers.change_external_id(SHOP, anna, "7"),
    )
    after = await subscribers.find(SHOP, anna)
    assert (after.tags, after.permissions, after.external_id) == (("beta",), ("terms", "sales"), "7")


@given(st.text(max_size=200))
def test_any_external_id_is_judged_without_an_accident(text: str) -> None:
    """What passes is passed as it is, can be stored, and shows all that it is."""
    try:
        assert checked_external_id(text) == text
    except InvalidExternalId:
        return
    assert text.encode().decode() == text
    assert 1 <= len(text) <= 128
    assert text.isprintable()


@given(st.text(max_size=50) | st.uuids().map(str))
def test_any_text_is_read_as_an_id_or_not(text: str) -> None:
    """What is read is one that we could have written."""
    known_id = read_subscription_id(text)
    assert known_id is None or (known_id.isascii() and len(known_id) == 36 and known_id == text.lower())
