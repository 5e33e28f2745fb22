"""People, accounts and subscriptions come back as they were kept."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Executable

from core.model.ids import AccountId, AppId, BotName, PersonId, Phone, SubscriptionId
from core.model.people.person import MessengerName, Person
from core.model.subscribers.subscriber import ALL_SUBSCRIBERS, SubscriberFilter
from core.model.subscribers.subscription import Subscription
from storage.errors import ImpossibleRowError
from storage.repositories.subscriptions import _count, _filters, _page
from storage.statements import _compiled
from storage.unit import SqlUnit
from tests.storage.builders import APP_ID, MINUTE, NOW, TG, an_account, an_app

ANN = Person(PersonId("1" * 24), Phone("+15550100"))
BOB = Person(PersonId("2" * 24))


@pytest.fixture
def people(unit: SqlUnit) -> SqlUnit:
    """Make a unit over a database with two people."""
    unit.people.add(ANN)
    unit.people.add(BOB)
    return unit


def _subscription(account_id: AccountId, app_id: AppId = APP_ID) -> Subscription:
    return Subscription(
        subscription_id=SubscriptionId(f"{app_id} {account_id}"),
        app_id=app_id,
        account_id=account_id,
        consented_at=NOW,
    )


def test_a_person_is_found_by_id_and_by_phone(people: SqlUnit) -> None:
    """Who has no phone is found by id only."""
    assert people.people.by_id(ANN.person_id) == ANN
    assert people.people.by_id(BOB.person_id) == BOB
    assert people.people.by_phone(Phone("+15550100")) == ANN
    assert people.people.by_phone(Phone("+15550199")) is None
    assert people.people.by_id(PersonId("9" * 24)) is None


def test_a_phone_moves_from_one_person_to_another(people: SqlUnit) -> None:
    """A phone belongs to one person; it can be put elsewhere once it was taken away."""
    with pytest.raises(sqlite3.IntegrityError):
        people.people.put(replace(BOB, phone=ANN.phone))
    people.people.put(replace(ANN, phone=None))
    people.people.put(replace(BOB, phone=ANN.phone))
    assert people.people.by_phone(Phone("+15550100")) == replace(BOB, phone=ANN.phone)


def test_a_removed_person_is_gone(people: SqlUnit) -> None:
    """A person without accounts can be removed, one with accounts cannot."""
    people.people.remove(BOB.person_id)
    assert people.people.by_id(BOB.person_id) is None
    people.people.add_account(an_account(1, ANN.person_id))
    with pytest.raises(sqlite3.IntegrityError):
        people.people.remove(ANN.person_id)


def test_an_account_reads_back_in_full(people: SqlUnit) -> None:
    """Every field of an account is kept, and replaced by ``put_account``."""
    plain = an_account(1, ANN.person_id)
    people.people.add_account(plain)
    assert people.people.account_by_id(plain.account_id) == plain
    full = replace(
        plain,
        person_id=BOB.person_id,
        chat="other chat",
        language="de",
        phone=Phone("+15550100"),
        phone_verified_at=NOW + MINUTE,
        reachable=False,
        reachable_since=NOW + MINUTE,
    )
    people.people.put_account(full)
    assert people.people.account(TG, "1") == full
    assert people.people.accounts_of(ANN.person_id) == []
    assert people.people.accounts_of(BOB.person_id) == [full]


def test_an_account_is_known_by_bot_and_user(people: SqlUnit) -> None:
    """The same user in another bot is another account, and can be found as its twin."""
    here = an_account(1, ANN.person_id)
    people.people.add_account(here)
    assert people.people.account(BotName("other"), "1") is None
    assert people.people.accounts_of_user(MessengerName.TELEGRAM, "1") == [here]
    assert people.people.accounts_of_user(MessengerName.MAX, "1") == []
    there = replace(an_account(2, ANN.person_id, BotName("other")), user_id="1")
    people.people.add_account(there)
    assert people.people.accounts_of(ANN.person_id) == [here, there]
    with pytest.raises(sqlite3.IntegrityError):
        people.people.add_account(replace(an_account(3, ANN.person_id), user_id="1"))


def test_an_account_of_an_unknown_messenger_names_itself(people: SqlUnit, path: Path) -> None:
    """A row of a messenger that we do not speak is refused by name."""
    people.people.add_account(an_account(1, ANN.person_id))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE accounts SET messenger = 'pigeon'")
    with pytest.raises(ImpossibleRowError, match=f"accounts {1:024x}: messenger 'pigeon'"):
        people.people.account(TG, "1")


def test_a_subscription_is_one_of_each_app_and_account(people: SqlUnit) -> None:
    """Putting it again replaces it."""
    account = an_account(1, ANN.person_id)
    people.people.add_account(account)
    assert people.subscriptions.find(APP_ID, account.account_id) is None
    subscription = _subscription(account.account_id)
    people.subscriptions.put(subscription)
    assert people.subscriptions.find(APP_ID, account.account_id) == subscription
    ended = replace(subscription, ended_at=NOW + MINUTE)
    people.subscriptions.put(ended)
    assert people.subscriptions.find(APP_ID, account.account_id) == ended


def test_what_is_alive_of_one_account(people: SqlUnit) -> None:
    """Only the account's living subscriptions are listed."""
    people.apps.add(an_app(AppId("b" * 24), "other"))
    mine, yours = an_account(1, ANN.person_id), an_account(2, BOB.person_id)
    for account in (mine, yours):
        people.people.add_account(account)
        people.subscriptions.put(_subscription(account.account_id))
    people.subscriptions.put(replace(_subscription(mine.account_id, AppId("b" * 24)), ended_at=NOW - MINUTE))
    assert people.subscriptions.alive_of(mine.account_id) == [_subscription(mine.account_id)]


def test_subscribers_are_counted_listed_and_paged(people: SqlUnit) -> None:
    """Those who may be written to, newest first, by one messenger or all; a page is as long as was asked."""
    accounts = [an_account(number, ANN.person_id) for number in range(5)]
    for number, account in enumerate(accounts):
        people.people.add_account(account)
        subscription = replace(_subscription(account.account_id), consented_at=NOW + number * MINUTE)
        people.subscriptions.put(replace(subscription, ended_at=NOW) if number == 0 else subscription)
    telegram = MessengerName.TELEGRAM
    assert (
        people.subscriptions.count(APP_ID, ALL_SUBSCRIBERS)
        == people.subscriptions.count(APP_ID, SubscriberFilter(telegram))
        == 4
    )
    assert people.subscriptions.count(APP_ID, SubscriberFilter(MessengerName.MAX)) == 0
    page = people.subscriptions.list_page(APP_ID, SubscriberFilter(telegram), 2, 1)
    assert [account for _, account in page] == [accounts[3], accounts[2]]
    assert people.subscriptions.list_page(APP_ID, ALL_SUBSCRIBERS, 50, 4) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (SubscriberFilter(tag="vip"), [3, 1]),
        (SubscriberFilter(tag="vi"), []),
        (SubscriberFilter(tag="VIP"), []),
        (SubscriberFilter(tag='vip","new'), []),
        (SubscriberFilter(external_id="u-1"), [2, 1]),
        (SubscriberFilter(external_id="u-1", tag="vip"), [1]),
        (SubscriberFilter(MessengerName.MAX, tag="vip"), []),
    ],
)
def test_subscribers_are_found_by_what_their_site_gave_them(
    people: SqlUnit, wanted: SubscriberFilter, found: list[int]
) -> None:
    """By tag to the letter, by the site's own id, and by several at once: nobody else is listed (faults 2.1)."""
    given: dict[int, tuple[tuple[str, ...], str | None]] = {
        0: (("vip",), "u-1"),
        1: (("vip", "new"), "u-1"),
        2: ((), "u-1"),
        3: (("new", "vip"), "u-2"),
        4: (("vipp",), None),
    }
    for number, (tags, external_id) in given.items():
        account = an_account(number, ANN.person_id)
        people.people.add_account(account)
        known = replace(_subscription(account.account_id), consented_at=NOW + number * MINUTE, tags=tags)
        people.subscriptions.put(replace(known, external_id=external_id, ended_at=NOW if number == 0 else None))
    page = people.subscriptions.list_page(APP_ID, wanted, 50, 0)
    assert [account for _, account in page] == [an_account(number, ANN.person_id) for number in found]
    assert people.subscriptions.count(APP_ID, wanted) == len(found)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (SubscriberFilter(tag="vip"), "ix_subscriptions_tags"),
        (SubscriberFilter(external_id="u-1"), "ix_subscriptions_external_id"),
    ],
)
def test_they_are_found_by_an_index(people: SqlUnit, wanted: SubscriberFilter, index: str) -> None:
    """Whoever has no tag, or another id, is not looked at."""
    filters = tuple(_filters(wanted))
    for statement in (_page(filters), _count(filters)):
        plan = plan_of(people, statement, {**_filters(wanted), "app_id": APP_ID, "limit": 50, "offset": 0})
        assert any(index in step for step in plan), plan


def plan_of(people: SqlUnit, statement: Executable, values: dict[str, object]) -> list[str]:
    """Return how SQLite means to answer a statement."""
    sql, constants = _compiled(statement)
    execute = people.subscriptions._statements._execute
    return [row[3] for row in execute(f"EXPLAIN QUERY PLAN {sql}", {**values, **constants}).fetchall()]


def test_a_removed_subscription_is_gone(people: SqlUnit) -> None:
    """What was kept with it is gone too."""
    account = an_account(1, ANN.person_id)
    people.people.add_account(account)
    kept = replace(_subscription(account.account_id), names=b"sealed", external_id="7", permissions=("news",))
    people.subscriptions.put(kept)
    assert people.subscriptions.by_id(kept.subscription_id) == kept
    people.subscriptions.remove(kept.subscription_id)
    assert people.subscriptions.by_id(kept.subscription_id) is None
