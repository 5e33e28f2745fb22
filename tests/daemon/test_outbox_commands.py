"""``gatepost outbox``, as an operator sees it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatepost.config.settings import load
from gatepost.core.model.ids import AccountId, AppId, BotName, NoticeId, PersonId
from gatepost.core.model.notice import Notice, NoticeState, Priority
from gatepost.daemon.wiring import office
from tests.daemon.conftest import CREATE, Run

CREATED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def app_id(run: Run) -> AppId:
    """Make an app."""
    return AppId(run(*CREATE, "--json").json["app_id"])


def keep(config: Path, app_id: AppId, number: int, state: NoticeState, content: bytes = b"sealed") -> str:
    """Keep a message in some state, and return its id."""
    is_open = state is NoticeState.ACCEPTED
    notice = Notice(
        notice_id=NoticeId(f"{number:024x}"),
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

    async def add() -> None:
        async with office(load(config)) as open_office:
            await open_office.store.write(lambda unit: unit.outbox.add(notice))

    asyncio.run(add())
    return notice.notice_id


def test_what_waits_is_shown(run: Run, config: Path, app_id: AppId) -> None:
    """By bot: how much, and since when; for people and as JSON; never what or to whom."""
    assert "Nothing waits" in run("outbox").out
    for number in range(3):
        keep(config, app_id, number, NoticeState.ACCEPTED)
    shown = run("outbox", "--json").json
    assert shown == [{"bot": "tg", "priority": "notification", "waiting": "3", "oldest": "2026-11-21T12:00:00+00:00"}]
    assert "notification" in run("outbox").out


def test_what_did_not_arrive_is_listed_and_sent_again(run: Run, config: Path, app_id: AppId) -> None:
    """Newest first; replayed ones wait again, and what arrived cannot be replayed."""
    assert "Everything arrived" in run("outbox", "undelivered").out
    failed = keep(config, app_id, 1, NoticeState.FAILED)
    unknown = keep(config, app_id, 2, NoticeState.UNKNOWN)
    sent = keep(config, app_id, 3, NoticeState.SENT)
    erased = keep(config, app_id, 4, NoticeState.FAILED, content=b"")
    listed = run("outbox", "undelivered", "--json").json
    assert [each["correlation_id"] for each in listed] == [erased, unknown, failed]
    assert run("outbox", "replay", failed, "--json").json["state"] == "accepted"
    assert run("outbox", "--json").json[0]["waiting"] == "1"
    for refused in (sent, erased):
        assert "MESSAGE_NOT_REPLAYABLE" in run("outbox", "replay", refused).err
    assert "MESSAGE_NOT_FOUND" in run("outbox", "replay", "f" * 24).err
