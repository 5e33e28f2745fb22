"""``gatepost webhooks``, as an operator and a script see it."""

import asyncio
import re
from pathlib import Path

import pytest

from core.model.ids import AppId
from daemon.messengers import load
from daemon.wiring import open_admin
from tests.daemon.conftest import CREATE, Run

URL = "https://tea.example.com/hook"


@pytest.fixture
def made(run: Run) -> dict[str, str]:
    """Make an app with one endpoint, and return what was printed of it."""
    run(*CREATE)
    printed: dict[str, str] = run("webhooks", "add", "tea", URL, "--event", "auth.completed", "--json").json
    return printed


def tell(config: Path, app_id: str) -> str:
    """Have the app told something, and return the delivery's id."""

    async def simulate() -> str:
        async with open_admin(load(config)) as admin:
            (note,) = await admin.webhooks.simulate(AppId(app_id), "auth.completed", {"name": "Anna"})
            return note.delivery_id

    return asyncio.run(simulate())


def test_adding_prints_the_secret_once(run: Run, made: dict[str, str]) -> None:
    """As JSON and for people; no other command shows it."""
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"])
    for_people = run("webhooks", "add", "tea", URL).out
    assert re.search(r"^secret +whsec_\S+\s*$", for_people, re.MULTILINE)
    assert "not shown again" in for_people
    assert "whsec_" not in run("webhooks", "list", "tea").out + run("webhooks", "list", "tea", "--json").out


def test_endpoints_are_listed(run: Run, made: dict[str, str]) -> None:
    """In the shape in which they were added; without any, the operator is told how to make one."""
    listed = run("webhooks", "list", "tea", "--json").json
    assert listed == [{name: value for name, value in made.items() if name != "secret"} | listed[0]]
    assert (listed[0]["url"], listed[0]["events"], listed[0]["status"]) == (URL, ["auth.completed"], "active")
    run("webhooks", "remove", "tea", made["id"])
    assert "gatepost webhooks add" in run("webhooks", "list", "tea").out


def test_set_changes_what_is_named(run: Run, made: dict[str, str]) -> None:
    """By the beginning of its id; a disabled one says why in the list."""
    changed = run(
        *("webhooks", "set", "tea", made["id"][:6], "--event", "", "--description", "the shop", "--disable", "--json")
    ).json
    assert (changed["url"], changed["events"], changed["description"]) == (URL, [], "the shop")
    assert "disabled: switched off by hand" in run("webhooks", "list", "tea").out
    assert re.search(r"^status +active", run("webhooks", "set", "tea", made["id"], "--enable").out, re.MULTILINE)


def test_rotating_prints_another_secret(run: Run, made: dict[str, str]) -> None:
    """In the shape in which adding did."""
    rotated = run("webhooks", "rotate-secret", "tea", made["id"], "--json").json
    assert rotated.keys() == made.keys()
    assert rotated["secret"] != made["secret"]


def test_the_log_is_shown_and_something_is_sent_again(run: Run, config: Path, made: dict[str, str]) -> None:
    """Newest first, page by page, without bodies."""
    app_id = run("app", "show", "tea", "--json").json["app_id"]
    assert "nothing of that kind" in run("webhooks", "log", "tea").out
    told = [tell(config, app_id) for _ in range(3)]
    first = run("webhooks", "log", "tea", "--limit", "2", "--json").json
    last = run("webhooks", "log", "tea", "--cursor", first["next_cursor"], "--json").json
    assert [each["id"] for each in (*first["deliveries"], *last["deliveries"])] == told[::-1]
    shown = run("webhooks", "log", "tea", "--endpoint", made["id"], "--state", "waiting", "--limit", "1").out
    assert told[2] in shown
    assert "--cursor" in shown
    assert "auth.completed (test)" in shown
    assert first["deliveries"][0]["is_test"] is True
    assert "Anna" not in shown
    assert run("webhooks", "log", "tea", "--state", "failed", "--json").json["deliveries"] == []
    assert told[0] in run("webhooks", "resend", "tea", told[0]).out
    assert run("webhooks", "resend", "tea", told[0], "--json").json["attempts"] == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("list", "coffee"), "APP_NOT_FOUND"),
        (("add", "tea", "http://tea.example.com/"), "VALIDATION_ERROR"),
        (("add", "tea", URL, "--event", "tea.ready"), "VALIDATION_ERROR"),
        (("set", "tea", "nothing", "--enable"), "ENDPOINT_NOT_FOUND"),
        (("remove", "tea", ""), "ENDPOINT_NOT_FOUND"),
        (("resend", "tea", "nothing"), "DELIVERY_NOT_FOUND"),
        (("log", "tea", "--cursor", "nothing"), "VALIDATION_ERROR"),
    ],
)
def test_a_refusal_is_told_with_its_code(run: Run, made: dict[str, str], arguments: tuple[str, ...], code: str) -> None:
    """Status 1 and one line on stderr."""
    assert made["id"]
    refused = run("webhooks", *arguments)
    assert (refused.status, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert refused.err.startswith(f"{code}: ")


def test_changing_nothing_is_not_understood(run: Run, made: dict[str, str]) -> None:
    """Status 2, as everywhere."""
    assert run("webhooks", "set", "tea", made["id"]).status == 2
