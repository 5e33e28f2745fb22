"""Ports that the system lends, and lends to nobody else while a test needs them.

Each is held by a socket that is bound to it and does not listen. Linux then gives the port to nobody who asks for one,
listening or connecting; a server that is told the port may listen all the same, as both allow the address to be reused.
So whole runs of the tests can stand beside each other on one machine.
"""

import socket
from contextlib import ExitStack, suppress

_held = ExitStack()


def free_port(in_a_row: int = 1) -> int:
    """Return the first of some ports that are all free, and stay so until the test is over."""
    while True:
        with ExitStack() as sockets:
            first = int(sockets.enter_context(_hold(0)).getsockname()[1])
            with suppress(OSError):  # a port behind it is somebody's: try elsewhere
                for port in range(first + 1, first + in_a_row):
                    sockets.enter_context(_hold(port))
                _held.push(sockets.pop_all())
                return first


def give_back() -> None:
    """Let go of all ports."""
    _held.close()


def _hold(port: int) -> socket.socket:
    """Bind a socket; only then allow the reuse of its address, since whoever binds with that may share with another."""
    holder = socket.socket()
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        holder.close()
        raise
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return holder
