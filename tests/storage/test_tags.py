"""Tags and permissions on subscriptions: counted, renamed and dropped for a whole app at once."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.model.ids import AppId, PersonId, SubscriptionId
from core.model.people.person import Person
from core.model.subscribers.subscription import Subscription
from storage.unit import SqlUnit
from tests.storage.builders import APP_ID, NOW, an_account, an_app

OTHER = AppId("b" * 24)
TAGS = st.lists(st.text(st.sampled_from("aA_-"), min_size=1, max_size=2), unique=True, max_size=6).map(tuple)


@pytest.fixture
def town(unit: SqlUnit) -> SqlUnit:
    """Make a unit over a database with two apps and a person with five accounts."""
    unit.apps.add(an_app(OTHER, "other"))
    unit.people.add(Person(PersonId("1" * 24)))
    for number in range(5):
        unit.people.add_account(an_account(number, PersonId("1" * 24)))
    return unit


def _put(unit: SqlUnit, number: int, tags: tuple[str, ...], app_id: AppId = APP_ID) -> Subscription:
    """Keep a subscription of the account with this number; its permissions are its tags."""
    made = Subscription(
        subscription_id=SubscriptionId(f"{app_id} {number}"),
        app_id=app_id,
        account_id=an_account(number, PersonId("1" * 24)).account_id,
        consented_at=NOW,
        tags=tags,
        permissions=tags,
    )
    unit.subscriptions.put(made)
    return made


def _found(unit: SqlUnit, before: Subscription) -> Subscription:
    found = unit.subscriptions.by_id(before.subscription_id)
    assert found is not None
    return found


def test_who_is_subscribed_is_counted_by_tag(town: SqlUnit) -> None:
    """Those who left and those of other apps do not count; a tag that nobody has is missing."""
    assert town.subscriptions.count_by_tag(APP_ID) == {}
    _put(town, 0, ("vip", "a_b"))
    _put(town, 1, ("vip",))
    _put(town, 2, ("a_b", "vip"))
    town.subscriptions.put(replace(_put(town, 3, ("vip", "gone")), ended_at=NOW))
    _put(town, 4, ())
    _put(town, 0, ("vip",), OTHER)
    assert town.subscriptions.count_by_tag(APP_ID) == {"vip": 3, "a_b": 2}


def test_tags_are_renamed_as_they_are_written(town: SqlUnit) -> None:
    """``a_b`` is neither ``axb`` nor ``A_B``; who left is renamed too, and other apps' subscribers are not."""
    before = [_put(town, number, ("vip", tag)) for number, tag in enumerate(("a_b", "axb", "A_B", "a_b_c"))]
    gone = replace(_put(town, 4, ("a_b",)), ended_at=NOW)
    town.subscriptions.put(gone)
    foreign = _put(town, 0, ("a_b",), OTHER)
    town.subscriptions.rename_tag(APP_ID, "a_b", "new")
    assert [_found(town, each).tags[1] for each in before] == ["new", "axb", "A_B", "a_b_c"]
    assert _found(town, gone) == replace(gone, tags=("new",))
    assert _found(town, foreign) == foreign


def test_a_dropped_permission_leaves_the_tags(town: SqlUnit) -> None:
    """And those of another app."""
    mine, foreign = _put(town, 0, ("a", "b")), _put(town, 0, ("a",), OTHER)
    town.subscriptions.drop_permission(APP_ID, "a")
    assert _found(town, mine) == replace(mine, permissions=("b",))
    assert _found(town, foreign) == foreign


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tags=TAGS, name=TAGS.map(lambda tags: tags[0] if tags else "a"))
def test_dropping_leaves_all_other_tags_in_place(town: SqlUnit, tags: tuple[str, ...], name: str) -> None:
    """Wherever in the list the tag stands, and whatever stands beside it."""
    before = _put(town, 0, tags)
    town.subscriptions.drop_tag(APP_ID, name)
    assert _found(town, before) == replace(before, tags=tuple(tag for tag in tags if tag != name))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tags=TAGS, name=TAGS.map(lambda tags: tags[0] if tags else "a"))
def test_renaming_leaves_all_other_tags_in_place(town: SqlUnit, tags: tuple[str, ...], name: str) -> None:
    """The new name stands where the old one stood."""
    before = _put(town, 0, tags)
    town.subscriptions.rename_tag(APP_ID, name, "new")
    assert _found(town, before) == replace(before, tags=tuple("new" if tag == name else tag for tag in tags))
