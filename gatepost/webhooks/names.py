"""Looks up the names in sites' addresses, and refuses those that lead anywhere we must not go.

What was checked here is what is connected to: nobody asks the name servers a second time (``security``, T26).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult

from gatepost.webhooks.addresses import Reach

LookUp = Callable[[str], Awaitable[Sequence[str]]]
"""Returns all addresses of a host name, as numbers; raises ``OSError`` if it has none."""
_THREADS: Final = 16


class AddressRefusedError(OSError):
    """The address is none that a site may have us call."""


class SystemNames:
    """The system's resolver, on threads of its own: name servers that hang hold up nobody but webhooks."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "gatepost-webhook-names")

    async def look_up(self, host: str) -> Sequence[str]:
        """Return all addresses of a host name; raise ``OSError`` if it has none."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, host)

    def close(self) -> None:
        """Let the threads go, whatever they still wait for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class CheckedNames(AbstractResolver):
    """A resolver for aiohttp that knows only names all of whose addresses may be called."""

    def __init__(self, look_up: LookUp, reach: Reach) -> None:
        self._look_up = look_up
        self._reach = reach

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - all of them count
    ) -> list[ResolveResult]:
        """Return a host name's addresses, or raise ``AddressRefusedError`` or ``OSError``."""
        addresses = await self._look_up(host)
        if not all(self._reach.allows(address) for address in addresses):
            raise AddressRefusedError
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=_family(address),
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Let go of nothing: there is nothing."""


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET if ip_address(address).version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4


def _addresses(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
