"""Looks up the names in sites' addresses, and refuses those that lead anywhere we must not go.

What was checked here is what is connected to: the name servers are not asked a second time (``security``, T26).
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from ipaddress import ip_address
from typing import Final
from weakref import WeakValueDictionary

from aiohttp.abc import AbstractResolver, ResolveResult

from webhooks.addresses import Reach

LookUp = Callable[[str], Awaitable[Sequence[str]]]
"""Returns all addresses of a host name, as numbers; raises ``OSError`` if it has none."""
AT_ONCE: Final = 64
"""More than hang at once when every call waits for its name: they hang about twice as long as a call may take."""
AT_ONCE_FOR_ONE: Final = 2
"""So that a host whose name servers are dead does not take all places."""


class AddressRefusedError(OSError):
    """The address is none that a site may have us call."""


def system_addresses(host: str) -> Sequence[str]:
    """Ask the system for all addresses of a host name, however long that takes; raise ``OSError`` if it has none."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class SystemNames:
    """The system's resolver, on threads of its own: name servers that hang hold up their own host alone.

    The threads are daemons, so the program ends without them. ``ask`` is what they do.

    aiodns 4.0.4 was tried in its place: behind name servers that are fast as a rule it gave up slow answers after 0.5
    to 0.75 seconds, whatever time-out it was told, and a call has 15. Besides, it knows only the hosts file and DNS,
    not what else the system is told to ask, and once installed becomes the resolver of all of aiohttp.
    """

    def __init__(self, ask: Callable[[str], Sequence[str]] = system_addresses) -> None:
        self._ask = ask
        self._places = asyncio.Semaphore(AT_ONCE)
        self._places_for: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def look_up(self, host: str) -> Sequence[str]:
        """Return all addresses of a host name; raise ``OSError`` if it has none."""
        places_for_host = self._places_for.setdefault(host.lower(), asyncio.Semaphore(AT_ONCE_FOR_ONE))
        with ExitStack() as waiting:
            for places in (places_for_host, self._places):
                await places.acquire()
                waiting.callback(places.release)
            found = self._begin(host)
            held = waiting.pop_all()
        found.add_done_callback(lambda _found: held.close())  # when the thread ends, whoever has given up before
        return await asyncio.shield(found)

    def _begin(self, host: str) -> asyncio.Future[Sequence[str]]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[str]] = loop.create_future()
        threading.Thread(target=self._work, args=(host, loop, found), name="webhook names", daemon=True).start()
        return found

    def _work(self, host: str, loop: asyncio.AbstractEventLoop, found: asyncio.Future[Sequence[str]]) -> None:
        try:
            settle = partial(found.set_result, self._ask(host))
        except Exception as trouble:  # noqa: BLE001 - whoever waits gets it
            settle = partial(found.set_exception, trouble)
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(settle)


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
