# ruff: noqa: PLC0415 - `gatepost --help` must not wait for the whole house
"""``gatepost demo``: a shop, a Gatepost and a phone on this machine."""

from typing import Annotated, Final

import typer

from daemon.commands.listening import HIGHEST_PORT, explain_taken_port

_USUAL: Final = 8080


def demo(
    *,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=1,
            max=HIGHEST_PORT - 3,
            help="The first of three ports in a row; 8080, or the next thousand that is free, unless you say.",
        ),
    ] = None,
) -> None:
    """Try Gatepost without any account: log in to an example shop with an emulated phone. Nothing is kept."""
    import uvloop

    from daemon import demo as play
    from daemon import logs

    logs.configure("warning", "text")
    first = _first_free() if port is None else port
    other = first + 1000 if first + 1003 <= HIGHEST_PORT else _USUAL
    advice = f"Try three others: gatepost demo --port {other}"
    with explain_taken_port(f"ports {first} to {first + 2}", advice):
        uvloop.run(play.main(first))


def _first_free() -> int:
    """Return the first port of a row that is free; the usual one if none is, which then says so."""
    rows = range(_USUAL, HIGHEST_PORT - 3, 1000)
    return next((first for first in rows if all(map(_is_free, range(first, first + 3)))), _USUAL)


def _is_free(port: int) -> bool:
    from socket import SO_REUSEADDR, SOL_SOCKET, socket

    with socket() as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
