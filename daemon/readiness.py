"""Tells systemd how we are: ready, stopping, still alive (sd_notify(3)).

Without ``$NOTIFY_SOCKET`` nothing happens, and a message that cannot be sent never hurts the daemon: if systemd misses
us, it acts by itself.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

_MICROSECONDS: Final = 1_000_000


def ready(environ: Mapping[str, str] = os.environ) -> None:
    """Say that the start is over and we serve."""
    _send("READY=1", environ)


def stopping(environ: Mapping[str, str] = os.environ) -> None:
    """Say that we are shutting down."""
    _send("STOPPING=1", environ)


def status(text: str, environ: Mapping[str, str] = os.environ) -> None:
    """Show one line in ``systemctl status``."""
    _send("STATUS=" + " ".join(text.split()), environ)


def watchdog(environ: Mapping[str, str] = os.environ) -> None:
    """Say that we are alive."""
    _send("WATCHDOG=1", environ)


def watchdog_interval(environ: Mapping[str, str] = os.environ) -> float | None:
    """Return how often to call ``watchdog``, in seconds; ``None`` = systemd does not wait for it.

    Half of the time systemd allows, as sd_watchdog_enabled(3) advises.
    """
    allowed, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not allowed.isdecimal() or int(allowed) == 0 or (process and process != str(os.getpid())):
        return None
    return int(allowed) / _MICROSECONDS / 2


def _send(message: str, environ: Mapping[str, str]) -> None:
    name = environ.get("NOTIFY_SOCKET", "")
    if not name.startswith(("/", "@")):
        return
    path = "\0" + name[1:] if name.startswith("@") else name
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
        wire.setblocking(False)  # noqa: FBT003 - the parameter takes no name
        wire.connect(path)
        wire.send(message.encode())
