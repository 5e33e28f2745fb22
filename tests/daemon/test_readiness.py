"""What systemd hears from us, over a real datagram socket."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import readiness


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    """Yield a socket that listens as systemd does; a notice is there at once or never."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.setblocking(False)  # noqa: FBT003 - the parameter takes no name
        yield wire


def test_notices_arrive(systemd: socket.socket, tmp_path: Path) -> None:
    """Each notice is one datagram in the words of sd_notify(3)."""
    path = str(tmp_path / "notify")
    systemd.bind(path)
    environ = {"NOTIFY_SOCKET": path}

    readiness.ready(environ)
    readiness.status("Serving 2 bots.\nAll well.", environ)
    readiness.watchdog(environ)
    readiness.stopping(environ)

    assert [systemd.recv(200) for _ in range(4)] == [
        b"READY=1",
        b"STATUS=Serving 2 bots. All well.",
        b"WATCHDOG=1",
        b"STOPPING=1",
    ]


def test_abstract_sockets_are_understood(systemd: socket.socket) -> None:
    """A name that begins with @ is in the abstract namespace, as containers have it."""
    name = f"gatepost-test-{os.getpid()}"
    systemd.bind(f"\0{name}")

    readiness.ready({"NOTIFY_SOCKET": f"@{name}"})

    assert systemd.recv(200) == b"READY=1"


@pytest.mark.parametrize("name", [None, "", "/nowhere/at/all", "vsock:2:1234", "@nobody-listens-here"])
def test_without_a_listener_nothing_happens(name: str | None) -> None:
    """A daemon started by hand, or whose systemd went away, goes on."""
    environ = {} if name is None else {"NOTIFY_SOCKET": name}

    readiness.ready(environ)
    readiness.watchdog(environ)


def test_a_full_socket_does_not_stop_us(systemd: socket.socket, tmp_path: Path) -> None:
    """The daemon's only loop never waits for systemd to read: the notice is dropped."""
    path = str(tmp_path / "notify")
    systemd.bind(path)

    for _ in range(5000):
        readiness.watchdog({"NOTIFY_SOCKET": path})

    assert systemd.recv(200) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time(environ: dict[str, str], seconds: float | None) -> None:
    """Half of what systemd allows, and only if it is this process it watches."""
    assert readiness.watchdog_interval(environ) == seconds
