"""``gatepost outbox``, as an operator sees it."""

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.model.ids import AccountId, AppId, BotName, MessageId, PersonId
from core.model.sending.breaker import Breaker, BreakerState
from core.model.sending.outbox_message import Attempt, MessageState, OutboxMessage, Outcome, Priority, Undelivered
from core.ports.store import Unit
from core.sending.operations import BotReport
from daemon.commands import outbox
from daemon.messengers import load
from daemon.wiring import open_admin
from tests.daemon.conftest import CREATE, Run

CREATED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def app_id(run: Run) -> AppId:
    """Make an app."""
    return AppId(run(*CREATE, "--json").json["app_id"])


def notice_of(app_id: AppId, number: int, state: MessageState, content: bytes = b"sealed") -> OutboxMessage:
    """Make a message in some state."""
    is_open = state is MessageState.ACCEPTED
    return OutboxMessage(
        message_id=MessageId(f"{number:024x}"),
        app_id=app_id,
        person_id=PersonId("p" * 24),
        content=content,
        priority=Priority.NOTIFICATION,
        created_at=CREATED + timedelta(minutes=number),
        expires_at=CREATED + timedelta(days=1),
        account_id=AccountId("a" * 24),
        bot=BotName("tg"),
        state=state,
        reason=None if is_open else "Forbidden: bot was blocked by the user",
        next_at=CREATED if is_open else None,
    )


def in_store(config: Path, work: Callable[[Unit], None]) -> None:
    """Change something behind the command's back."""

    async def change() -> None:
        async with open_admin(load(config)) as admin:
            await admin.store.write(work)

    asyncio.run(change())


def keep(config: Path, app_id: AppId, number: int, state: MessageState, content: bytes = b"sealed") -> str:
    """Keep a message in some state, and return its id."""
    message = notice_of(app_id, number, state, content)
    in_store(config, lambda unit: unit.outbox.add(message))
    return message.message_id


def test_what_waits_is_shown(run: Run, config: Path, app_id: AppId) -> None:
    """By bot: how much, and since when; for people and as JSON; never what or to whom."""
    assert "Nothing waits" in run("outbox").out
    for number in range(3):
        keep(config, app_id, number, MessageState.ACCEPTED)
    (shown,) = run("outbox", "--json").json
    assert (shown["bot"], shown["waiting"], shown["oldest"]) == ("tg", {"notification": 3}, "2026-11-21T12:00:00+00:00")
    assert (shown["sent_last_hour"], shown["breaker"], shown["until"]) == (0, "closed", None)
    assert "3 notification" in run("outbox").out


def test_what_did_not_arrive_is_listed_and_sent_again(run: Run, config: Path, app_id: AppId) -> None:
    """Newest first; replayed ones wait again, and what arrived cannot be replayed."""
    assert "Everything arrived" in run("outbox", "undelivered").out
    failed = keep(config, app_id, 1, MessageState.FAILED)
    unknown = keep(config, app_id, 2, MessageState.UNKNOWN)
    sent = keep(config, app_id, 3, MessageState.SENT)
    erased = keep(config, app_id, 4, MessageState.FAILED, content=b"")
    listed = run("outbox", "undelivered", "--json").json
    assert [each["correlation_id"] for each in listed] == [erased, unknown, failed]
    assert run("outbox", "replay", failed, "--json").json["state"] == "accepted"
    assert run("outbox", "--json").json[0]["waiting"] == {"notification": 1}
    for refused in (sent, erased):
        assert "MESSAGE_NOT_REPLAYABLE" in run("outbox", "replay", refused).err
    assert "MESSAGE_NOT_FOUND" in run("outbox", "replay", "f" * 24).err


def test_an_open_breaker_and_what_was_sent_are_shown(run: Run, config: Path, app_id: AppId) -> None:
    """As the daemon last noted it: why nothing goes, and until when."""
    message_id = keep(config, app_id, 1, MessageState.SENT)
    now = datetime.now(UTC)  # noqa: TID251 - the command goes by the machine's
    breaker = Breaker(state=BreakerState.OPEN, failures=5, until=now + timedelta(hours=1), since=now, why="HTTP 502")

    def note(unit: Unit) -> None:
        unit.lanes.put_breaker(BotName("tg"), breaker, now)
        for number, outcome in enumerate((Outcome.LATER, Outcome.UNREACHABLE, Outcome.SENT), 1):
            began_at = now - timedelta(minutes=50 if outcome is Outcome.UNREACHABLE else 0)
            attempt = Attempt(
                message_id=MessageId(message_id),
                number=number,
                account_id=AccountId("a" * 24),
                bot=BotName("tg"),
                began_at=began_at,
                outcome=outcome,
            )
            unit.outbox.put_attempt(attempt)

    in_store(config, note)
    (shown,) = run("outbox", "--json").json
    assert (shown["breaker"], shown["why"], shown["until"] is not None) == ("open", "HTTP 502", True)
    assert (shown["sent_last_minute"], shown["sent_last_hour"], shown["failed_last_hour"]) == (1, 1, 1)
    assert "HTTP 502" in run("outbox").out


def test_watching(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown anew again and again until Ctrl-C, which is no error."""
    screens = 0
    show = outbox._print_bots

    def count(bots: Sequence[BotReport], *, as_json: bool) -> None:
        nonlocal screens
        screens += 1
        show(bots, as_json=as_json)
        if screens == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "_print_bots", count)
    monkeypatch.setattr(outbox, "_WATCH_SECONDS", 0.0)
    watched = run("outbox", "--watch")
    assert (watched.status, watched.out.count("Nothing waits")) == (0, 3)


def test_all_of_some_time_are_sent_again(
    run: Run, config: Path, app_id: AppId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By bot and state, after they were counted and the operator has said yes; a second time there is nothing."""
    days = (datetime.now(UTC) - CREATED).days + 2  # noqa: TID251 - the command goes by the machine's
    span = f"{max(days, 2)}d"

    def fill(unit: Unit) -> None:
        for number in range(450):
            state = MessageState.UNKNOWN if number % 3 == 0 else MessageState.EXPIRED
            unit.outbox.add(notice_of(app_id, number, state))

    in_store(config, fill)
    keep(config, app_id, 900, MessageState.EXPIRED, content=b"")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    asked = run("outbox", "replay", "--since", span, "--state", "expired")
    assert "Send 300 messages once more?" in asked.out
    assert asked.status != 0
    assert "There is nothing" in run("outbox", "replay", "--since", span, "--bot", "other", "--yes").out
    assert run("outbox", "replay", "--since", span, "--state", "expired", "--yes", "--json").json == {"replayed": 300}
    assert run("outbox", "replay", "--since", span, "--bot", "tg", "--yes", "--json").json == {"replayed": 150}
    assert run("outbox", "replay", "--since", span, "--yes", "--json").json == {"replayed": 0}
    assert run("outbox", "--json").json[0]["waiting"] == {"notification": 450}


def test_many_of_one_moment_are_each_sent_once_more(config: Path, app_id: AppId) -> None:
    """A page goes on where the one before ended, also in the middle of a moment; a transaction sends only a few."""

    def fill(unit: Unit) -> None:
        for number in range(120):
            unit.outbox.add(replace(notice_of(app_id, number, MessageState.FAILED), created_at=CREATED))

    in_store(config, fill)
    told: list[int] = []

    async def send() -> int:
        async with open_admin(load(config)) as admin:
            store, moment = admin.store, Undelivered(since=CREATED)

            async def page(after: OutboxMessage | None) -> Sequence[OutboxMessage]:
                return await store.read(lambda unit: unit.delivery_log.undelivered(moment, after, 50))

            first = await page(None)
            second = await page(first[-1])
            third = await page(second[-1])
            ids = [message.message_id for message in (*first, *second, *third)]
            assert ids == [f"{number:024x}" for number in range(120)]
            assert await page(third[-1]) == []
            await admin.outbox.replay(ids[-1])
            return await admin.outbox.replay_all(moment, told.append)

    assert asyncio.run(send()) == 119
    assert told == [25, 50, 75, 100, 119]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--since", "soon"),
        ("--since", "2w"),
        ("--since", "2h", "--state", "sent"),
        ("--bot", "tg"),
        ("f" * 24, "--bot", "tg"),
    ],
)
def test_which_messages_must_be_said(run: Run, options: tuple[str, ...]) -> None:
    """One, or all of some time; anything else is a mistake, and sends nothing."""
    assert run("outbox", "replay", *options, "--yes").status != 0
