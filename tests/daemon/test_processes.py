"""The commands that run until they are told to stop, as processes of their own."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import pytest

from tests.ports import free_port
from tests.waiting import PATIENCE

DOCS = Path(__file__).parents[2] / "docs"
PROGRAM = [sys.executable, "-m", "daemon"]
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
        systemd.settimeout(PATIENCE)
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
    _, log = daemon.communicate(timeout=PATIENCE)

    assert daemon.returncode == 0
    assert {"ready", "stopping"} <= {json.loads(line)["event"] for line in log.splitlines()}
    assert "swordfish" not in log


def test_two_daemons_never_share_a_database(daemon: "subprocess.Popen[str]", config: Path) -> None:
    """Faults 4.4: the second one refuses, says who is there, and leaves the first alone."""
    second = subprocess.run(  # noqa: S603 - ours
        [*PROGRAM, "serve", "--config", str(config)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert second.returncode == 78
    assert f"Another daemon (process {daemon.pid})" in second.stderr
    assert second.stderr.count("\n") == 1
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate(timeout=PATIENCE)
    assert daemon.returncode == 0


def test_settings_are_read_again_while_running(daemon: "subprocess.Popen[str]", config: Path) -> None:
    """Faults 4.3: what can change does, what needs a restart is named, what is wrong changes nothing; it never dies."""
    said: list[str] = []

    def heard(event: str) -> dict[str, object]:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            said.append(line)
            if json.loads(line)["event"] == event:
                found: dict[str, object] = json.loads(line)
                return found
        raise AssertionError(said)

    settings = config.read_text()
    config.write_text(
        settings.replace("swordfish", "another-fish")
        + '[log]\nlevel = "debug"\n[limits]\nlogins_per_minute_per_address = 7\n'
    )
    daemon.send_signal(signal.SIGHUP)
    read = heard("the settings were read again")
    assert (read["renewed"], read["need_restart"]) == (["tg"], ["limits"])
    config.write_text(settings.replace("sqlite:", "mysql:"))
    daemon.send_signal(signal.SIGHUP)
    assert "storage.url" in str(heard("the settings are wrong, and stay as they were")["why"])
    daemon.send_signal(signal.SIGTERM)
    _, rest = daemon.communicate(timeout=PATIENCE)
    assert daemon.returncode == 0
    assert "fish" not in "".join(said) + rest


@pytest.mark.parametrize(("file", "key"), [("gatepost.key", "security.key"), ("gatepost.db", "storage.url")])
def test_systemd_does_not_start_again_what_only_the_operator_can_mend(config: Path, file: str, key: str) -> None:
    """A wrong key or a damaged database ends ``serve`` with 78, one plain line, and no traceback."""
    options = ["--config", str(config)]
    subprocess.run([*PROGRAM, "keys", "rotate", *options], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    (config.parent / file).write_text("0a" * 32)

    ended = subprocess.run([*PROGRAM, "serve", *options], capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - ours

    assert ended.returncode == 78
    assert ended.stderr.startswith(f"{key}: ")
    assert ended.stderr.count("\n") == 1


def test_the_emulator_has_the_bots_it_was_given(config: Path) -> None:
    """Those of the settings and those of the command line; it says where all is, and ends with 0 on SIGTERM."""
    command = [*PROGRAM, "emulator", "--listen", "127.0.0.1:0", "--config", str(config)]
    command += ["--bot", "mine:123:abc:mine_bot"]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        said = read_until(process.stdout, "Ctrl-C")
        url = said.split()[1].removesuffix("/phone")
        names = [username(url, token) for token in ("123456:swordfish", "123:abc")]
        process.send_signal(signal.SIGTERM)

    assert names == ["tg_bot", "mine_bot"]
    assert process.returncode == 0
    assert [line.split() for line in said.splitlines()[:7]] == [
        ["phone", f"{url}/phone"],
        ["api_base", url],
        ["link_base", f"{url}/t.me"],
        ["link_base", "for", "WhatsApp", f"{url}/wa.me"],
        ["link_template", "for", "MAX", f"{url}/max.ru/{{bot}}?start={{code}}"],
        ["bot", "@tg_bot", "the", "token", "of", "the", "settings"],
        ["bot", "@mine_bot", "123:abc"],
    ]
    assert "swordfish" not in said


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_emulators_documentation_is_true(host: str) -> None:
    """Its command starts, and what it prints works, also where it listens on every address."""
    (line,) = re.findall(r"^    gatepost (emulator .*)$", (DOCS / "emulator.md").read_text(), re.MULTILINE)
    command = [*PROGRAM, *line.split(), "--listen", f"{host}:0"]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        said = read_until(process.stdout, "Ctrl-C")
        phone = said.split()[1]
        with urlopen(phone, timeout=PATIENCE) as answer:  # noqa: S310 - our own http
            page = answer.read().decode()
        name = username(phone.removesuffix("/phone"), "123456:any-token-of-letters_digits")
        process.send_signal(signal.SIGINT)

    assert "<title>" in page
    assert name == "gate_bot"
    assert process.returncode == 0


def test_the_demo_says_where_it_is_and_nothing_else() -> None:
    """An address and how to stop; Ctrl-C ends it before its patience with others (5 s) is over, with no word more."""
    process, port = start_demo()
    with process:
        assert process.stdout is not None
        said = read_until(process.stdout, "Ctrl-C")
        with urlopen(f"http://127.0.0.1:{port + 1}/", timeout=PATIENCE) as answer:
            assert "Teapot" in answer.read().decode()
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=4)[0]

    assert f"http://127.0.0.1:{port + 1}/" in said
    assert rest.strip() == ""
    assert process.returncode == 0


def test_the_demo_says_when_a_port_is_taken() -> None:
    """Which three it wanted, and a command to try, in one line."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1] - 1
        ended = subprocess.run(  # noqa: S603 - ours
            [*PROGRAM, "demo", "--port", str(port)], capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"Cannot listen on ports {port} to {port + 2}: Address already in use. Try three")
    assert re.search(r": gatepost demo --port \d+\n$", ended.stderr)


def test_the_demo_finds_free_ports() -> None:
    """Faults 6: where the usual ports are taken, and none were asked for, it takes others and prints them."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", 8081)):
        process = subprocess.Popen([*PROGRAM, "demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
        with process:
            assert process.stdout is not None
            said = read_until(process.stdout, "Ctrl-C")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
        (port,) = set(re.findall(r"http://127\.0\.0\.1:(\d+)/\n", said))
        assert int(port) % 1000 == 81
        assert int(port) > 8081


def start_demo() -> "tuple[subprocess.Popen[str], int]":
    """Start a demo on three free ports, and return it with the first of them."""
    port = free_port(in_a_row=3)
    command = [*PROGRAM, "demo", "--port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True), port  # noqa: S603


def read_until(stream: "IO[str]", word: str) -> str:
    """Read lines up to the one that holds ``word``."""
    lines = [stream.readline()]
    while lines[-1] and word not in lines[-1]:
        lines.append(stream.readline())
    return "".join(lines)


def username(url: str, token: str) -> str:
    """Ask a Bot API which bot a token belongs to."""
    with urlopen(f"{url}/bot{token}/getMe", timeout=PATIENCE) as answer:  # noqa: S310 - our own http
        name: str = json.load(answer)["result"]["username"]
    return name
