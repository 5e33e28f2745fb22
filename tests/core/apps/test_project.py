"""An app's own lists: its tags and permissions, and what becomes of them on those who have them."""

import asyncio
from dataclasses import replace

import pytest

from core.apps.project import Projects
from core.errors import Invalid
from core.model.apps.app import App
from core.model.apps.errors import PermissionExists, PermissionNotFound, TagExists, TagNotFound
from core.model.apps.project import PERMISSIONS_LIMIT, TAGS_LIMIT, Permission, PermissionChanges
from core.model.ids import SubscriptionId
from core.ports.store import Store, Unit
from core.subscribers.subscriptions import Gain
from tests.core.conftest import SetClock
from tests.core.subscribed import OTHER, SHOP, join, kept, leave

NEWS = Permission("news", "News", "Once a week")


@pytest.fixture
async def projects(store: Store, clock: SetClock) -> Projects:
    """Return the story, of two apps."""

    def found(unit: Unit) -> None:
        for app_id, slug in ((SHOP, "shop"), (OTHER, "other")):
            unit.apps.add(App(app_id=app_id, slug=slug, name=slug, created_at=clock.time))

    await store.write(found)
    return Projects(store=store)


async def tags_of(projects: Projects, subscription_id: SubscriptionId) -> tuple[str, ...]:
    """Return the tags of a subscription, ended or not."""
    known = await kept(projects.store, subscription_id)
    assert known is not None
    return known.tags


async def permissions_of(projects: Projects, subscription_id: SubscriptionId) -> tuple[str, ...]:
    """Return the permissions of a subscription, ended or not."""
    known = await kept(projects.store, subscription_id)
    assert known is not None
    return known.permissions


async def test_tags_are_listed_with_how_many_have_them(projects: Projects) -> None:
    """Oldest first; those who left do not count, nor do the other app's."""
    assert await projects.tags(SHOP) == {}
    for tag in ("vip", "beta", "nobody"):
        await projects.add_tag(SHOP, tag)
    await join(projects.store, "1", Gain(tags=("vip", "beta")))
    await join(projects.store, "2", Gain(tags=("vip",)))
    await leave(projects.store, await join(projects.store, "3", Gain(tags=("vip",))))
    await join(projects.store, "4", Gain(tags=("vip",)), OTHER)
    assert list((await projects.tags(SHOP)).items()) == [("vip", 2), ("beta", 1), ("nobody", 0)]
    assert await projects.tags(OTHER) == {}


async def test_a_renamed_tag_is_renamed_on_all_who_have_it(projects: Projects) -> None:
    """Those who left too, so that nobody comes back with a tag that is no more; it keeps its place."""
    for tag in ("vip", "beta"):
        await projects.add_tag(SHOP, tag)
    anna = await join(projects.store, "1", Gain(tags=("vip", "beta")))
    gone = await join(projects.store, "2", Gain(tags=("vip",)))
    await leave(projects.store, gone)
    await projects.rename_tag(SHOP, "vip", "gold")
    assert await projects.tags(SHOP) == {"gold": 1, "beta": 1}
    assert await tags_of(projects, anna) == ("gold", "beta")
    assert await tags_of(projects, gone) == ("gold",)
    await projects.rename_tag(SHOP, "gold", "gold")
    assert list(await projects.tags(SHOP)) == ["gold", "beta"]


async def test_a_removed_tag_is_removed_from_all_who_have_it(projects: Projects) -> None:
    """And from nobody of another app."""
    for app_id in (SHOP, OTHER):
        await projects.add_tag(app_id, "vip")
    anna = await join(projects.store, "1", Gain(tags=("vip", "beta")))
    foreign = await join(projects.store, "1", Gain(tags=("vip",)), OTHER)
    await projects.remove_tag(SHOP, "vip")
    assert await projects.tags(SHOP) == {}
    assert await tags_of(projects, anna) == ("beta",)
    assert await tags_of(projects, foreign) == ("vip",)
    assert await projects.tags(OTHER) == {"vip": 1}


async def test_a_tag_that_is_not_there_is_not_found(projects: Projects) -> None:
    """Capitals count, and another app's tag is nobody's."""
    await projects.add_tag(SHOP, "vip")
    for app_id, name in ((SHOP, "VIP"), (SHOP, "\udcff"), (OTHER, "vip")):
        with pytest.raises(TagNotFound):
            await projects.rename_tag(app_id, name, "new")
        with pytest.raises(TagNotFound):
            await projects.remove_tag(app_id, name)
    assert await projects.tags(SHOP) == {"vip": 0}


async def test_no_two_tags_have_one_name(projects: Projects) -> None:
    """Neither by adding nor by renaming, and of two who add at once one is told."""
    outcomes = await asyncio.gather(*(projects.add_tag(SHOP, "vip") for _ in range(2)), return_exceptions=True)
    assert sorted(map(type, outcomes), key=str) == [type(None), TagExists]
    await projects.add_tag(SHOP, "beta")
    with pytest.raises(TagExists):
        await projects.rename_tag(SHOP, "beta", "vip")
    assert await projects.tags(SHOP) == {"vip": 0, "beta": 0}


@pytest.mark.parametrize("name", ["", "two words", "тег", "a" * 65, "a.b", "a\n"])
async def test_a_bad_name_for_a_tag_is_refused(projects: Projects, name: str) -> None:
    """When adding and when renaming."""
    await projects.add_tag(SHOP, "vip")
    with pytest.raises(Invalid, match=r"^tag: "):
        await projects.add_tag(SHOP, name)
    with pytest.raises(Invalid, match=r"^tag: "):
        await projects.rename_tag(SHOP, "vip", name)
    assert await projects.tags(SHOP) == {"vip": 0}


async def test_an_app_has_no_more_tags_than_it_may(projects: Projects) -> None:
    """At the limit one can still be renamed, and a place is free again once one was removed."""
    for number in range(TAGS_LIMIT):
        await projects.add_tag(SHOP, f"t{number}")
    with pytest.raises(Invalid, match=r"^tags: "):
        await projects.add_tag(SHOP, "over")
    with pytest.raises(TagExists):
        await projects.add_tag(SHOP, "t0")
    await projects.rename_tag(SHOP, "t0", "first")
    await projects.remove_tag(SHOP, "t1")
    await projects.add_tag(SHOP, "over")
    assert len(await projects.tags(SHOP)) == TAGS_LIMIT


async def test_permissions_are_added_and_changed(projects: Projects) -> None:
    """What is not named stays; who is subscribed gains nothing when one becomes required, who comes then does."""
    await projects.add_permission(SHOP, NEWS)
    await projects.add_permission(SHOP, Permission("sales", "Sales"))
    before = await join(projects.store, "1")
    changed = await projects.change_permission(SHOP, "news", {"title": "Our news", "required": True})
    assert changed == replace(NEWS, title="Our news", required=True)
    assert await projects.permissions(SHOP) == (changed, Permission("sales", "Sales"))
    assert await projects.permissions(OTHER) == ()
    assert await permissions_of(projects, before) == ()
    assert await permissions_of(projects, await join(projects.store, "2")) == ("news",)
    assert await projects.change_permission(SHOP, "news", {"description": ""}) == replace(changed, description="")


async def test_a_removed_permission_is_removed_from_all_who_have_it(projects: Projects) -> None:
    """A tag of the same name stays."""
    await projects.add_permission(SHOP, NEWS)
    anna = await join(projects.store, "1", Gain(tags=("news",), permissions=("news",)))
    await projects.remove_permission(SHOP, "news")
    assert await projects.permissions(SHOP) == ()
    assert await tags_of(projects, anna) == ("news",)
    assert await permissions_of(projects, anna) == ()


async def test_a_permission_that_is_not_there_is_not_found(projects: Projects) -> None:
    """Another app's is nobody's."""
    await projects.add_permission(OTHER, NEWS)
    with pytest.raises(PermissionNotFound):
        await projects.change_permission(SHOP, "news", {"title": "Mine"})
    with pytest.raises(PermissionNotFound):
        await projects.remove_permission(SHOP, "news")
    assert await projects.permissions(OTHER) == (NEWS,)


async def test_no_two_permissions_have_one_key(projects: Projects) -> None:
    """Of two who add at once one is told."""
    outcomes = await asyncio.gather(*(projects.add_permission(SHOP, NEWS) for _ in range(2)), return_exceptions=True)
    assert sorted(map(type, outcomes), key=str) == [type(None), PermissionExists]
    assert await projects.permissions(SHOP) == (NEWS,)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (Permission("", "x"), "key"),
        (Permission("two words", "x"), "key"),
        (Permission("k" * 65, "x"), "key"),
        (Permission("k", ""), "title"),
        (Permission("k", " x"), "title"),
        (Permission("k", "a\nb"), "title"),
        (Permission("k", "a\u202eb"), "title"),
        (Permission("k", "x" * 65), "title"),
        (Permission("k", "x", "a\u200bb"), "description"),
        (Permission("k", "x", "x" * 257), "description"),
    ],
)
async def test_a_bad_permission_is_refused(projects: Projects, bad: Permission, field: str) -> None:
    """By name, when adding and when changing."""
    with pytest.raises(Invalid, match=f"^{field}: "):
        await projects.add_permission(SHOP, bad)
    assert await projects.permissions(SHOP) == ()
    await projects.add_permission(SHOP, NEWS)
    if field != "key":
        changes: PermissionChanges = {"title": bad.title, "description": bad.description}
        with pytest.raises(Invalid, match=f"^{field}: "):
            await projects.change_permission(SHOP, "news", changes)
    assert await projects.permissions(SHOP) == (NEWS,)


async def test_an_app_has_no_more_permissions_than_it_may(projects: Projects) -> None:
    """A place is free again once one was removed."""
    for number in range(PERMISSIONS_LIMIT):
        await projects.add_permission(SHOP, Permission(f"p{number}", "x"))
    with pytest.raises(Invalid, match=r"^permissions: "):
        await projects.add_permission(SHOP, NEWS)
    await projects.remove_permission(SHOP, "p0")
    await projects.add_permission(SHOP, NEWS)
    assert len(await projects.permissions(SHOP)) == PERMISSIONS_LIMIT
