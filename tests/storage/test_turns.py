"""Whose turn it is in a lane: the most urgent first, apps in turn, and always by an index."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Executable

from core.model.apps.app import App
from core.model.ids import AccountId, AppId, BotName, MessageId, PersonId
from core.model.sending.outbox_message import MessageState, OutboxMessage, Priority, begin
from storage.repositories import broadcasts, delivery_log, lanes, one_time_codes, outbox, scheduled, webhooks
from storage.revisions import bring_up_to_date
from storage.sqlite.file import connect
from storage.statements import Statements, _compiled
from storage.unit import SqlUnit
from storage.vault import Vault
from tests.storage.key import SEAL

NOW = datetime(2026, 11, 21, tzinfo=UTC)
BOT = BotName("tg")
NAMES = (
    *(
        "bot",
        "priority",
        "now",
        "after",
        "app_id",
        "limit",
        "person_id",
        "since",
        "newest",
        "state",
        "account_id",
        "is_bound",
    ),
    *("expired_before", "created_before", "before", "nothing", "subscription_id_", "event_", "delivered", "until"),
)
"""Every value that a statement may ask for."""
APPS = [AppId(f"{number:024x}") for number in range(1, 13)]


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlUnit]:
    """Return a unit on a fresh database with some apps; nothing is ever committed."""
    connection = connect(Path(tmp_path_factory.mktemp("turns")) / "gatepost.db", lock_timeout=1.0)
    bring_up_to_date(connection, SEAL)
    connection.execute("BEGIN IMMEDIATE")
    made = SqlUnit(Statements(connection), Vault(SEAL))
    for app_id in APPS:
        made.apps.add(App(app_id=app_id, slug=f"app-{app_id[-2:]}", name="App", created_at=NOW))
    connection.execute("SAVEPOINT apps")
    yield made
    connection.close()


@pytest.fixture(autouse=True)
def _empty(unit: SqlUnit) -> None:
    """Forget the messages of the test before."""
    unit.lanes._statements._execute("ROLLBACK TO apps")


def keep(
    unit: SqlUnit, number: int, app_id: AppId, priority: Priority = Priority.NOTIFICATION, due: timedelta = timedelta()
) -> None:
    """Keep a message."""
    unit.outbox.add(
        OutboxMessage(
            message_id=MessageId(f"{number:024x}"),
            app_id=app_id,
            person_id=PersonId("p" * 24),
            content=b"sealed",
            priority=priority,
            created_at=NOW,
            expires_at=NOW + timedelta(days=1),
            account_id=AccountId("a" * 24),
            bot=BOT,
            next_at=NOW + due,
        )
    )


def test_ten_thousand_of_one_do_not_starve_another(unit: SqlUnit) -> None:
    """A single message of another app is in the first batch, behind one of the many."""
    for number in range(2000):
        keep(unit, number, APPS[0], due=timedelta(seconds=-number))
    keep(unit, 5000, APPS[1])
    batch = unit.lanes.due(BOT, NOW, 8)
    assert [message.app_id for message in batch[:3]] == [APPS[0], APPS[1], APPS[0]]
    assert len(batch) == 8


def test_everybody_s_turn_comes(unit: SqlUnit) -> None:
    """With more apps than there is room for, the next batch begins where the last one ended."""
    for number, app_id in enumerate(APPS):
        keep(unit, number, app_id)
        keep(unit, 100 + number, app_id)
    first = [message.app_id for message in unit.lanes.due(BOT, NOW, 8)]
    second = [message.app_id for message in unit.lanes.due(BOT, NOW, 8, first[-1])]
    assert first == APPS[:8]
    assert second == [*APPS[8:], *APPS[:4]]


MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(APPS[:4]),
        st.sampled_from(list(Priority)),
        st.integers(-50, 50).map(lambda s: timedelta(seconds=s)),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(messages=MESSAGES, limit=st.integers(1, 12), after=st.sampled_from([None, *APPS[:5]]))
def test_what_is_due(
    unit: SqlUnit, messages: list[tuple[AppId, Priority, timedelta]], limit: int, after: AppId | None
) -> None:
    """As many as there is room for, the most urgent of all, each app's in order, no app two ahead of another."""
    unit.lanes._statements._execute("ROLLBACK TO apps")
    for number, (app_id, priority, due) in enumerate(messages):
        keep(unit, number, app_id, priority, due)
    expected = [(priority, app_id) for app_id, priority, due in messages if due <= timedelta()]
    found = unit.lanes.due(BOT, NOW, limit, after)
    assert unit.lanes.is_due(BOT, NOW) == bool(expected)
    assert len(found) == min(limit, len(expected))
    priorities = [message.priority for message in found]
    assert priorities == sorted(priority for priority, _ in expected)[:limit]
    for priority in Priority:
        counts = {}
        for app_id in APPS[:4]:
            mine = [message for message in found if (message.app_id, message.priority) == (app_id, priority)]
            assert [message.next_at for message in mine] == sorted(message.next_at or NOW for message in mine)
            if len(mine) < expected.count((priority, app_id)):
                counts[app_id] = len(mine)
        most = max((len([n for n in found if (n.app_id, n.priority) == (a, priority)]) for a in APPS), default=0)
        assert all(count >= most - 1 for count in counts.values())


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (lanes._ANY, "ix_notices_due"),
        (lanes._NEWEST, "ix_notices_due"),
        (lanes._NEXT_APP, "ix_notices_turns"),
        (lanes._OF_APP, "ix_notices_turns"),
        (lanes._LAST_TAKEN, "ix_notices_taken"),
        (lanes._WAITING, "ix_notices_due"),
        (lanes._ENDED, "ix_attempts_began_at_bot_outcome"),
        (delivery_log.PAGES[False, False, False], "ix_notices_app_id_created_at"),
        (delivery_log.PAGES[True, False, False], "ix_notices_app_id_created_at"),
        (delivery_log.PAGES[False, True, False], "ix_notices_undelivered"),
        (delivery_log.PAGES[True, True, False], "ix_notices_undelivered"),
        (delivery_log.PAGES[False, False, True], "ix_notices_tests"),
        (delivery_log.PAGES[True, False, True], "ix_notices_tests"),
        (delivery_log.PAGES[False, True, True], "ix_notices_tests"),
        (delivery_log.PAGES[True, True, True], "ix_notices_tests"),
        (delivery_log._REPLAYABLE, "ix_notices_undelivered_of_all"),
        (delivery_log._COUNT, "ix_notices_undelivered_of_all"),
        (outbox._STALE, "ix_notices_stale"),
        (outbox._TEXTS_TO, "ix_notices_texts_to"),
    ],
)
def test_nothing_is_looked_for_row_by_row(unit: SqlUnit, statement: Executable, index: str) -> None:
    """SQLite's plan names the index that was made for the question, and sorts nothing but what is equal."""
    plan = plan_of(unit, statement)
    assert index in plan[0].split(), plan
    assert not any("USE TEMP B-TREE FOR ORDER BY" in step for step in plan), plan
    assert not any(step.startswith("SCAN notices") and "INDEX" not in step for step in plan), plan


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (outbox._ERASE, "ix_notices_texts "),
        (outbox._FORGET, "ix_notices_created_at "),
        (outbox._FORGET_REQUESTS, "ix_requests_created_at "),
        (one_time_codes._FORGET, "ix_one_time_codes_created_at "),
        (one_time_codes._FORGET_REQUESTS, "ix_code_requests_expires_at "),
        (broadcasts._ERASE, "ix_broadcasts_drafts "),
        (broadcasts._FORGET, "ix_broadcasts_created_at "),
        (broadcasts._FORGET_RECIPIENTS, "ix_broadcasts_created_at "),
        (scheduled._FORGET, "ix_scheduled_settled "),
        (scheduled._FORGET_SUBSCRIPTION, "ix_scheduled_subscription_id "),
        (webhooks._ERASE, "ix_deliveries_body "),
        (webhooks._FORGET, "ix_deliveries_created_at "),
    ],
)
def test_sweeping_reads_only_what_it_erases(unit: SqlUnit, statement: Executable, index: str) -> None:
    """Every minute, while nobody else can write: what was erased before, and all that is newer, is not looked at."""
    plan = plan_of(unit, statement)
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN") for step in plan), plan


def plan_of(unit: SqlUnit, statement: Executable) -> list[str]:
    """Return how SQLite means to answer a statement."""
    sql, constants = _compiled(statement)
    values = {**dict.fromkeys(NAMES, 1), **constants}
    rows = unit.lanes._statements._execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    return [row[3] for row in rows]


def test_what_was_taken_up_and_not_sent_is_as_before(unit: SqlUnit) -> None:
    """Its place and its attempts too; and what went on meanwhile is left alone."""
    keep(unit, 1, APPS[0])
    (before,) = unit.lanes.due(BOT, NOW, 8)
    taken, attempt = begin(before, NOW, NOW + timedelta(minutes=1))
    unit.outbox.swap(before, taken)
    unit.outbox.put_attempt(attempt)
    assert unit.lanes.take_back(taken)
    assert unit.lanes.due(BOT, NOW, 8) == [before]
    assert unit.outbox.attempts(before.message_id) == []
    assert not unit.lanes.take_back(taken)
    assert before.state is MessageState.ACCEPTED


def test_a_clock_set_back_moves_what_is_soon_due(unit: SqlUnit) -> None:
    """What was due by the old clock is due now; what is scheduled for later stays."""
    keep(unit, 1, APPS[0], due=timedelta(minutes=60))
    keep(unit, 2, APPS[0], due=timedelta(hours=5))
    assert unit.lanes.due(BOT, NOW, 8) == []
    assert unit.lanes.set_back(BOT, NOW, NOW + timedelta(minutes=61), timedelta(hours=1)) == 1
    assert [message.message_id for message in unit.lanes.due(BOT, NOW, 8)] == [f"{1:024x}"]
