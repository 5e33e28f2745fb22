"""The commands that run until they are told to stop, as processes of their own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

PROGRAM = [sys.executable, "-m", "gatepost.daemon"]
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
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write settings whose database is in a fresh folder."""
    path = tmp_path / "gatepost.toml"
    path.write_text(SETTINGS.format(folder=tmp_path))
    return path


@pytest.fixture
def daemon(config: Path, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Start the program by its module name and yield it once it told systemd that it is ready."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        environ = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        command = [*PROGRAM, "serve", "--config", str(config)]
        with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
            assert systemd.recv(100) == b"READY=1"
            yield process
            process.kill()


def test_serve_runs_until_told_to_stop(daemon: "subprocess.Popen[str]", config: Path) -> None:
    """It logs JSON lines without secrets, lets commands work beside it, and ends with 0 on SIGTERM."""
    create = [*PROGRAM, "app", "create", "--name", "Tea", "--slug", "tea", "--config", str(config)]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours

    daemon.send_signal(signal.SIGTERM)
    _, log = daemon.communicate(timeout=20)

    assert daemon.returncode == 0
    assert {"ready", "stopping"} <= {json.loads(line)["event"] for line in log.splitlines()}
    assert "swordfish" not in log


@pytest.mark.parametrize(("file", "key"), [("gatepost.key", "security.key"), ("gatepost.db", "storage.url")])
def test_systemd_does_not_start_again_what_only_the_operator_can_mend(config: Path, file: str, key: str) -> None:
    """A wrong key or a damaged database ends ``serve`` with 78, one plain line, and no traceback."""
    options = ["--config", str(config)]
    subprocess.run([*PROGRAM, "keys", "rotate", *options], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    (config.parent / file).write_text("0a" * 32)

    ended = subprocess.run([*PROGRAM, "serve", *options], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - ours

    assert ended.returncode == 78
    assert ended.stderr.startswith(f"{key}: ")
    assert ended.stderr.count("\n") == 1


def test_the_emulator_has_the_bots_it_was_given(config: Path) -> None:
    """Those of the settings and those of the command line; it says where it is, and ends with 0 on SIGTERM."""
    command = [*PROGRAM, "emulator", "--listen", "127.0.0.1:0", "--config", str(config)]
    command += ["--bot", "mine:123:abc:mine_bot"]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        names = [username(url, token) for token in ("123456:swordfish", "123:abc")]
        process.send_signal(signal.SIGTERM)

    assert names == ["tg_bot", "mine_bot"]
    assert process.returncode == 0


def username(url: str, token: str) -> str:
    """Ask a Bot API which bot a token belongs to."""
    with urlopen(f"{url}/bot{token}/getMe", timeout=20) as answer:  # noqa: S310 - our own http
        name: str = json.load(answer)["result"]["username"]
    return name
