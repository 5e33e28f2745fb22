"""What commands say when they cannot listen."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from socket import gaierror
from typing import Final

import typer

from daemon.commands.tables import say

HIGHEST_PORT: Final = 65535


@contextmanager
def explain_taken_port(place: str, advice: str) -> Iterator[None]:
    """Where ``place`` cannot be listened on, say so, add ``advice``, and exit with status 1."""
    try:
        yield
    except OSError as error:
        # Both asyncio and uvloop put it so; other troubles with files and sockets are not for these sentences.
        is_unbound = "attempting to bind" in str(error)
        if not is_unbound and not isinstance(error, gaierror):
            raise
        reason = os.strerror(error.errno or 0) if is_unbound else error.strerror
        say(f"Cannot listen on {place}: {reason}. {advice}", err=True)
        raise typer.Exit(1) from None
