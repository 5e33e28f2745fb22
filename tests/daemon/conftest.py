"""A terminal: settings with a fresh database, and a way to run commands on them."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from daemon.__main__ import main

SETTINGS = """
[http]
public_url = "http://localhost:8080"
listen = "127.0.0.1:0"
[storage]
url = "sqlite:///{folder}/gatepost.db"
[[bots]]
name = "tg"
messenger = "telegram"
token = "123456:swordfish"
api_base = "http://127.0.0.1:9"
[[bots]]
name = "spare"
messenger = "telegram"
token = "123457:swordfish"
api_base = "http://127.0.0.1:9"
"""
CREATE = ("app", "create", "--name", "Tea [red] & Co.", "--slug", "tea", "--origin", "https://tea.example.com")


@dataclass(frozen=True)
class Outcome:
    """What a command left behind; ``json`` is what it printed, from JSON."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - it is what json returns
        """Read what it printed."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write settings whose database is in a fresh folder."""
    path = tmp_path / "gatepost.toml"
    path.write_text(SETTINGS.format(folder=tmp_path))
    return path


@pytest.fixture
def run(config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Yield a way to run a command on ``config``; the log of the tests is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setenv("GATEPOST_CONFIG", str(config))

    def start(*arguments: str) -> Outcome:
        root.handlers = []
        try:
            main(arguments)
        except SystemExit as end:
            status = end.code
        else:
            status = 0
        shown = capsys.readouterr()
        assert isinstance(status, int)
        return Outcome(status, shown.out, shown.err)

    yield start
    root.handlers = handlers
    root.setLevel(level)
