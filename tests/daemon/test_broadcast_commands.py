"""``gatepost broadcasts`` and an app's capabilities, as an operator sees them."""

import asyncio
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.model.broadcasts.broadcast import Broadcast, BroadcastAudience, BroadcastState
from core.model.ids import AppId, JobId
from daemon.commands.progress import Lines, Rate
from daemon.messengers import load
from daemon.wiring import open_admin
from tests.daemon.conftest import CREATE, Run

CREATED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def app_id(run: Run) -> AppId:
    """Make an app."""
    return AppId(run(*CREATE, "--json").json["app_id"])


def a_broadcast(app_id: AppId, state: BroadcastState, sent: int = 0) -> Broadcast:
    """Make a broadcast to four people, one of whom was skipped."""
    is_over = state is not BroadcastState.PROCESSING
    return Broadcast(
        job_id=JobId("1" * 24),
        app_id=app_id,
        draft=b"sealed",
        audience=BroadcastAudience(),
        created_at=CREATED,
        next_at=None if is_over else CREATED,
        state=state,
        total=4,
        sent=sent,
        skipped=1,
        over_at=CREATED if is_over else None,
    )


def keep(config: Path, job: Broadcast) -> str:
    """Keep a broadcast, and return its id."""

    async def add() -> None:
        async with open_admin(load(config)) as admin:
            await admin.store.write(lambda unit: unit.broadcasts.add(job))

    asyncio.run(add())
    return job.job_id


def test_broadcasts_are_listed_and_cancelled(run: Run, config: Path, app_id: AppId) -> None:
    """How far each has come, never what it says; one that is over cannot be cancelled."""
    assert "No site has sent a broadcast" in run("broadcasts").out
    job_id = keep(config, a_broadcast(app_id, BroadcastState.PROCESSING, sent=2))
    (listed,) = run("broadcasts", "--json").json
    assert listed == {
        "job_id": job_id,
        "app_id": app_id,
        "status": "processing",
        "is_test": False,
        "total": 4,
        "sent": 2,
        "failed": 0,
        "skipped": 1,
        "created_at": "2026-11-21T12:00:00+00:00",
    }
    assert job_id in run("broadcasts").out
    assert "cancelled" in run("broadcasts", "cancel", job_id).out
    assert run("broadcasts", "cancel", job_id, "--json").json["status"] == "cancelled"
    assert "BROADCAST_NOT_FOUND" in run("broadcasts", "cancel", "f" * 24).err
    assert "BROADCAST_NOT_FOUND" in run("broadcasts", "watch", "f" * 24).err


def test_one_that_is_over_is_watched_at_once(run: Run, config: Path, app_id: AppId) -> None:
    """A last line for people, JSON for scripts, and it cannot be cancelled any more."""
    job_id = keep(config, a_broadcast(app_id, BroadcastState.COMPLETED, sent=3))
    assert run("broadcasts", "watch", job_id).out == "completed: 4 in all, 3 sent, 0 failed, 1 skipped, 0.0/s\n"
    shown = run("broadcasts", "watch", job_id, "--json").json
    assert (shown["status"], shown["per_second"], shown["seconds_left"]) == ("completed", 0.0, None)
    assert "BROADCAST_OVER" in run("broadcasts", "cancel", job_id).err


def test_a_terminal_shows_a_bar(config: Path, app_id: AppId) -> None:
    """With everything that one wants to know beside it."""
    job_id = keep(config, a_broadcast(app_id, BroadcastState.COMPLETED, sent=3))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "daemon", "broadcasts", "watch", job_id, "--config", str(config)]
    environment = {**os.environ, "COLUMNS": "160", "TERM": "xterm"}
    assert subprocess.run(command, stdout=theirs, env=environment, check=False).returncode == 0  # noqa: S603 - ours
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "completed" in shown
    assert "100 %" in shown
    assert "4 in all, 3 sent, 0 failed, 1 skipped" in shown


def test_how_fast_it_goes() -> None:
    """Over the last half minute."""
    rate = Rate()
    assert rate.after(0, 100.0) == 0
    assert rate.after(60, 102.0) == 30
    assert rate.after(90, 131.0) == pytest.approx(30 / 29)


def test_lines_now_and_then(capsys: pytest.CaptureFixture[str], app_id: AppId) -> None:
    """Not one for every look."""
    lines = Lines(as_json=False)
    for sent in range(3):
        lines.show(a_broadcast(app_id, BroadcastState.PROCESSING, sent))
    lines.show(a_broadcast(app_id, BroadcastState.COMPLETED, 3), is_last=True)
    first, last = capsys.readouterr().out.splitlines()
    assert first == "processing: 4 in all, 0 sent, 0 failed, 1 skipped, 0.0/s"
    assert last.startswith("completed: 4 in all, 3 sent")


def test_an_app_s_manners(run: Run, app_id: AppId) -> None:
    """Off at first; what is set is shown, and can be taken back."""
    assert run("app", "show", "tea", "--json").json["quiet_hours"] is None
    run("app", "set", "tea", "--quiet-hours", "22:00-08:00", "--timezone", "Europe/Moscow", "--broadcasts-per-day", "2")
    shown = run("app", "set", "tea", "--broadcasts-per-week", "5", "--json").json
    names = ("app_id", "quiet_hours", "timezone", "broadcasts_per_day", "broadcasts_per_week")
    assert [shown[name] for name in names] == [app_id, "22:00-08:00", "Europe/Moscow", 2, 5]
    assert "22:00-08:00" in run("app", "show", "tea").out
    for wrong in (["--quiet-hours", "10pm"], ["--timezone", "Mars/Olympus"]):
        assert run("app", "set", "tea", *wrong).status == 1
    shown = run(
        "app", "set", "tea", "--quiet-hours", "off", "--timezone", "", "--broadcasts-per-day", "0", "--json"
    ).json
    assert [shown[name] for name in names] == [app_id, None, None, 0, 5]
