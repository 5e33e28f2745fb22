"""A fourth messenger is a room of its own and its entry in the table: with these two, all of Gatepost speaks it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.model.people.person import MessengerName
from daemon.messengers import KINDS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = ("bots", "config", "core", "daemon", "emulator", "http_api", "shop", "storage", "webhooks")
ENTRY = (
    (
        "core/model/people/person.py",
        '    WHATSAPP = "whatsapp", UserIds.SHARED  # they differ by portfolio\n',
        '    TOY = "toy"\n',
    ),
    ("daemon/messengers.py", "import bots.whatsapp.kind\n", "import bots.toy.kind\n"),
    ("daemon/messengers.py", "    bots.whatsapp.kind.KIND,\n", "    bots.toy.kind.KIND,\n"),
)
"""The table's lines of the last messenger, each with its file, and what one more messenger has behind it."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of Gatepost with one room and one entry more; nothing else is touched."""
    copy = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HERE / "room", copy / "bots" / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    for file, last, more in ENTRY:
        text = (copy / file).read_text(encoding="utf-8")
        assert text.count(last) == 1
        (copy / file).write_text(text.replace(last, last + more), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def seen(house: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the story saw there."""
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(HERE / "story.py"), str(tmp_path_factory.mktemp("database"))],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    seen: dict[str, Any] = json.loads(told.stdout)
    return seen


def test_every_name_has_its_kind() -> None:
    """The table lists each messenger once, in the order of their names."""
    assert [kind.name for kind in KINDS] == list(MessengerName)


def test_a_site_logs_in_by_it(seen: dict[str, Any]) -> None:
    """The link is among the others, with its QR code, and the answer says by which messenger it was."""
    session, end = seen["site"]["session"], seen["site"]["end"]

    assert session["display_order"] == ["toy"]
    assert session["links"]["toy"].startswith("https://toy.example/toy_bot/")
    assert session["qr"]["toy"]["path"]
    assert "shop.example.com" in seen["site"]["question"]["text"]
    assert end["status"] == "confirmed"
    assert end["token"]
    assert (end["user"]["type"], end["user"]["user_id"], end["user"]["phone"]) == ("toy", "u1", "+79991234567")


def test_a_project_logs_in_by_it(seen: dict[str, Any]) -> None:
    """The link has its own field beside the others', and the user its channel."""
    assert seen["project"]["user"]["channel"] == "toy"
    assert seen["project"]["user"]["first_name"] == "Anna"
    for answer in (seen["project"]["session"], seen["links"], seen["subscribe_links"]):
        links = {key: link for key, link in answer.items() if key.endswith("_link")}
        assert list(links) == ["telegram_link", "max_link", "whatsapp_link", "toy_link"]
        assert links["toy_link"].startswith("https://toy.example/toy_bot/")
    assert seen["code_links"]["toy_link"].startswith("https://toy.example/toy_bot/otp_")


def test_it_is_a_channel_among_four(seen: dict[str, Any]) -> None:
    """Messages and broadcasts may name all four, and go out by it."""
    written = seen["written"]

    assert [(each["channel"], each["status"]) for each in written["sent"]["details"]] == [("toy", "success")]
    assert written["message"]["text"] == "Your tea is ready"
    assert written["broadcast"]["would_send_to"] == 1
    assert written["broadcast"]["filters_applied"]["channels"] == ["telegram", "max", "whatsapp", "toy"]
    assert [each["channel"] for each in written["subscribers"]["subscribers"]] == ["toy"]


def test_pages_show_it(seen: dict[str, Any]) -> None:
    """With its name, its sign and its colour, in the widget too."""
    assert '<a class="toy" href="https://toy.example/toy_bot/' in seen["page"]
    assert "<span>Open Toy</span>" in seen["page"]
    assert '<path d="M2 2h20v20H2z"/>' in seen["page"]
    assert ".messengers .toy { background: #a02c5d; color: #a02c5d; }" in seen["style"]
    assert '    toy: { name: "Toy", shape: "M2 2h20v20H2z", letter: "M7 8h10M12 8v9" },\n' in seen["widget"]
    assert 'const USUAL_WAYS = ["telegram", "max", "whatsapp", "toy"];' in seen["widget"]
    assert "[data-messenger=toy] { --own: #a02c5d; }" in seen["widget"]


def test_it_is_described(seen: dict[str, Any]) -> None:
    """It is in the published description, and in the health of the daemon."""
    assert seen["openapi"]["enum"] == ["telegram", "max", "whatsapp", "toy"]
    assert seen["health"]["toy"]["messenger"] == "toy"
    assert seen["health"]["toy"]["up"] is True
