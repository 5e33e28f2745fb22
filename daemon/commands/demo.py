# ruff: noqa: PLC0415 - `gatepost --help` must not wait for the whole house
"""``gatepost demo``: a shop, a Gatepost and a phone on this machine."""

from typing import Annotated

import typer

from daemon.commands.listening import HIGHEST_PORT, explain_taken_port


def demo(
    *,
    port: Annotated[
        int, typer.Option("--port", min=1, max=HIGHEST_PORT - 3, help="The first of three ports in a row.")
    ] = 8080,
) -> None:
    """Try Gatepost without any account: log in to an example shop with an emulated phone. Nothing is kept."""
    import uvloop

    from daemon import demo as play
    from daemon import logs

    logs.configure("warning", "text")
    other = port + 1000 if port + 1003 <= HIGHEST_PORT else 8080
    advice = f"Try three others: gatepost demo --port {other}"
    with explain_taken_port(f"ports {port} to {port + 2}", advice):
        uvloop.run(play.main(port))
