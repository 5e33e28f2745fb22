"""Who is in an audience: the statement and the words agree, whatever tags and permissions people have."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Executable

from core.model.broadcasts.broadcast import (
    AudienceProgress,
    Broadcast,
    BroadcastAudience,
    BroadcastState,
    Recipient,
    RecipientState,
    SubscriberPosition,
)
from core.model.ids import AppId, BotName, JobId, MessageId, PersonId, SubscriptionId
from core.model.people.person import MessengerName, Person
from core.model.subscribers.subscription import Subscription
from storage.repositories import broadcasts
from storage.repositories.broadcast_audience import inviting
from storage.statements import _compiled
from storage.unit import SqlUnit
from tests.storage.builders import APP_ID, NOW, an_account, an_app

OTHER = AppId("b" * 24)
BETWEEN = "(consented_at,subscription_id)>(?,?) AND (consented_at,subscription_id)<(?,?)"
ORDER = "ix_subscriptions_app_id_consented_at_subscription_id"
NAMES = st.lists(st.text(st.sampled_from("aA_-"), min_size=1, max_size=2), unique=True, max_size=4).map(tuple)
PEOPLE = st.lists(st.tuples(NAMES, NAMES, st.booleans()), min_size=1, max_size=6)
AUDIENCES = st.builds(
    BroadcastAudience,
    permission=st.one_of(st.none(), st.sampled_from(["a", "A", "a_", "-"])),
    tags=NAMES,
    tags_all=NAMES,
    tags_any=NAMES,
    exclude_tags=NAMES,
    exclude_permissions=NAMES,
    channels=st.lists(st.sampled_from(MessengerName), unique=True).map(tuple),
)


@pytest.fixture
def town(unit: SqlUnit) -> SqlUnit:
    """Make a unit over a database with two apps and a person with six accounts, every second one in MAX."""
    unit.apps.add(an_app(OTHER, "other"))
    unit.people.add(Person(PersonId("1" * 24)))
    for number in range(6):
        account = an_account(number, PersonId("1" * 24))
        unit.people.add_account(replace(account, messenger=messenger_of(number)))
    return unit


def messenger_of(number: int) -> MessengerName:
    """Tell which messenger an account is in."""
    return MessengerName.MAX if number % 2 else MessengerName.TELEGRAM


def settle(unit: SqlUnit, people: Sequence[tuple[tuple[str, ...], tuple[str, ...], bool]]) -> list[Subscription]:
    """Subscribe these, with tags and permissions, those who are not alive having left; each to the other app too."""
    made = []
    for number, (tags, permissions, is_alive) in enumerate(people):
        one = Subscription(
            subscription_id=SubscriptionId(f"{number}"),
            app_id=APP_ID,
            account_id=an_account(number, PersonId("1" * 24)).account_id,
            consented_at=NOW - timedelta(seconds=number),
            ended_at=None if is_alive else NOW,
            tags=tags,
            permissions=permissions,
        )
        unit.subscriptions.put(one)
        unit.subscriptions.put(replace(one, app_id=OTHER, subscription_id=SubscriptionId(f"other {number}")))
        made.append(one)
    return made


def is_meant(audience: BroadcastAudience, number: int, one: Subscription) -> bool:
    """Tell in words what the statement tells in SQL."""
    tags, permissions = set(one.tags), set(one.permissions)
    return (
        one.ended_at is None
        and (audience.permission is None or audience.permission in permissions)
        and {*audience.tags, *audience.tags_all} <= tags
        and (not audience.tags_any or bool(tags & {*audience.tags_any}))
        and not tags & {*audience.exclude_tags}
        and not permissions & {*audience.exclude_permissions}
        and (not audience.channels or messenger_of(number) in audience.channels)
    )


def in_stretches(unit: SqlUnit, job: Broadcast, size: int) -> tuple[int, int]:
    """Invite the audience, so many subscribers at a time; return how many were invited, and how many were counted."""
    last = unit.broadcasts.newest(APP_ID)
    assert last is not None
    invitation, counted = AudienceProgress(last), 0
    while invitation.behind != last:
        end = unit.broadcasts.stretch(APP_ID, invitation.behind, size) or last
        counted += unit.broadcasts.count(APP_ID, job.audience, invitation.behind, end)
        invited = invitation.invited + unit.broadcasts.invite(job, invitation, end, 100)
        invitation = replace(invitation, behind=end, invited=invited)
    return invitation.invited, counted


def next_by(unit: SqlUnit, job: Broadcast, bot: BotName) -> Sequence[Recipient]:
    """List who waits for a bot, in order."""
    found = unit.broadcasts.next_recipients(job.job_id, bot, 100)
    assert [each.position for each in found] == sorted(each.position for each in found)
    return found


def a_broadcast(job_id: str, audience: BroadcastAudience) -> Broadcast:
    """Make a broadcast."""
    return Broadcast(
        job_id=JobId(job_id), app_id=APP_ID, draft=b"sealed", audience=audience, created_at=NOW, next_at=NOW
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(people=PEOPLE, audience=AUDIENCES)
def test_the_statement_says_what_the_words_say(
    town: SqlUnit, people: list[tuple[tuple[str, ...], tuple[str, ...], bool]], audience: BroadcastAudience
) -> None:
    """Those and no others are invited, oldest first, numbered from one; the dry run counts the same."""
    for number in range(6):
        for app in ("", "other "):
            town.subscriptions.remove(SubscriptionId(f"{app}{number}"))
    wanted = [
        one.subscription_id
        for number, one in reversed(list(enumerate(settle(town, people))))
        if is_meant(audience, number, one)
    ]
    town.broadcasts.forget_recipients(NOW + timedelta(days=1), 100)
    town.broadcasts.forget(NOW + timedelta(days=1), 100)
    job = a_broadcast("1" * 24, audience)
    town.broadcasts.add(job)
    assert in_stretches(town, job, 2) == (len(wanted), len(wanted))
    invited = [each for bot in town.broadcasts.waiting_bots(job.job_id) for each in next_by(town, job, bot)]
    invited.sort(key=lambda each: each.position)
    assert [(each.position, each.subscription_id) for each in invited] == list(enumerate(wanted, 1))
    town.broadcasts.put(replace(job, next_at=None))


def test_no_more_are_invited_than_may_be(town: SqlUnit) -> None:
    """And the order of subscribers has an end."""
    settle(town, [((), (), True)] * 5)
    job = a_broadcast("1" * 24, BroadcastAudience())
    town.broadcasts.add(job)
    last = town.broadcasts.newest(APP_ID)
    assert last is not None
    assert town.broadcasts.invite(job, AudienceProgress(last), last, 3) == 3
    assert town.broadcasts.stretch(APP_ID, None, 6) is None
    assert town.broadcasts.stretch(APP_ID, None, 5) == last
    assert town.broadcasts.newest(AppId("c" * 24)) is None


def test_a_broadcast_is_kept_as_it_is(town: SqlUnit) -> None:
    """There and back, with every field; and so is a recipient."""
    settle(town, [((), (), True)])
    job = replace(
        a_broadcast("1" * 24, BroadcastAudience(tags=("a",), channels=(MessengerName.MAX,))), per_minute=7, is_test=True
    )
    town.broadcasts.add(job)
    assert town.broadcasts.by_id(job.job_id) == job
    job = replace(
        job,
        state=BroadcastState.CANCELLED,
        total=21,
        posted=1,
        sent=2,
        failed=3,
        skipped=4,
        withdrawn=5,
        next_at=None,
        over_at=NOW,
        invitation=AudienceProgress(
            SubscriberPosition(NOW, SubscriptionId("9")), SubscriberPosition(NOW, SubscriptionId("3")), 20
        ),
        moved_at=NOW,
    )
    town.broadcasts.put(job)
    assert town.broadcasts.by_id(job.job_id) == job
    assert (town.broadcasts.latest(APP_ID, 5), town.broadcasts.latest(None, 5)) == ([job], [job])
    assert town.broadcasts.latest(OTHER, 5) == []
    everybody = replace(job, audience=BroadcastAudience())
    assert in_stretches(town, everybody, 5) == (1, 1)
    recipient = Recipient(
        position=1,
        subscription_id=SubscriptionId("0"),
        state=RecipientState.FAILED,
        reason="blocked",
        message_id=MessageId("2" * 24),
        due_at=NOW,
        changed_at=NOW,
    )
    town.broadcasts.put_recipient(job.job_id, recipient)
    assert town.broadcasts.recipient_of(job.job_id, MessageId("2" * 24)) == recipient
    assert town.broadcasts.put_off(job.job_id, NOW, 5) == [recipient]
    assert town.broadcasts.put_off(job.job_id, NOW - timedelta(seconds=1), 5) == []


@pytest.mark.parametrize("statement", [broadcasts._AWAKE, broadcasts._WITHDRAW, broadcasts._NOTE_WITHDRAWN])
def test_what_is_asked_every_second_does_not_read_everybody(path: Path, unit: SqlUnit, statement: Executable) -> None:
    """Of a hundred thousand recipients only those are looked at whose messages are in the outbox."""
    assert unit.broadcasts.latest(None, 1) == []
    sql, constants = _compiled(statement)
    values = {"job": "1" * 24, "until": 0, "now": 0, **constants}
    with closing(sqlite3.connect(path)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    read = [line for line in plan if "recipients" in line]
    assert read == ["SEARCH recipients USING INDEX ix_recipients_state (job_id=? AND state=?)"]


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        (broadcasts._NEXT, "SEARCH recipients USING INDEX ix_recipients_next (job_id=? AND bot=?)"),
        (broadcasts._NEXT_BOT, "SEARCH recipients USING INDEX ix_recipients_next (job_id=? AND bot>?)"),
        (
            broadcasts._STRETCH_END,
            f"SEARCH subscriptions USING COVERING INDEX {ORDER} (app_id=? AND (consented_at,subscription_id)>(?,?))",
        ),
        (
            inviting((0, 0, 0, 0, 0, False)),
            f"SEARCH subscriptions USING INDEX {ORDER} (app_id=? AND {BETWEEN})",
        ),
    ],
)
def test_what_is_asked_bit_by_bit_steps_through_an_index(
    path: Path, unit: SqlUnit, statement: Executable, wanted: str
) -> None:
    """The last bit is found as fast as the first."""
    assert unit.broadcasts.latest(None, 1) == []
    sql, constants = _compiled(statement)
    names = ("job", "bot", "after", "limit", "app", "behind_at", "behind_id", "last_at", "last_id", "skipped", "before")
    with closing(sqlite3.connect(path)) as connection:
        plan = [
            row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", {**dict.fromkeys(names, 0), **constants})
        ]
    assert wanted in plan
