"""Posts webhooks: one call to a checked address, that follows nothing, reads little, and is over in seconds.

Sites choose the addresses, so nothing here trusts them (``security``, T26). No redirection is followed, no cookie kept,
no proxy of the environment used, and at most a piece of the answer is read.
"""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Self

import aiohttp
from aiohappyeyeballs import AddrInfoType
from yarl import URL

from core import __version__
from core.model.webhooks.webhook import EndpointResponse
from webhooks.addresses import Network, Reach
from webhooks.names import AddressRefusedError, CheckedNames, LookUp, SystemNames

SECONDS: Final = 15.0
"""How long one attempt may take, from the look-up of the name to the answer."""
_READ_LIMIT: Final = 4096
"""How much of an answer is read, so that small ones leave the connection fit for the next call."""
_KEPT_SECONDS: Final = 4.0
"""How long an idle connection is kept: shorter than common servers do (5 s), or calls would meet closed ones."""


class WebhookSender:
    """``core.ports.Courier`` over aiohttp.

    Addresses in ``allowed`` may be called although they are not public, and by plain http; ``seconds`` is how long one
    call may take, and ``look_up`` who is asked for names (``None`` = the system).
    """

    def __init__(self, allowed: Sequence[Network], seconds: float = SECONDS, look_up: LookUp | None = None) -> None:
        self._seconds = seconds
        look_up = look_up or SystemNames().look_up
        self._sessions = {
            "https": _session(look_up, Reach(allowed, is_public_open=True), seconds),
            "http": _session(look_up, Reach(allowed, is_public_open=False), seconds),
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> EndpointResponse:
        """Post ``body`` once; whatever goes wrong is an answer too."""
        try:
            address = URL(url, encoded=True)
            async with self._sessions[address.scheme].post(
                address, data=body, headers=headers, allow_redirects=False
            ) as response:
                with suppress(aiohttp.ClientError, TimeoutError, OSError):
                    await response.content.read(_READ_LIMIT)
                return EndpointResponse(
                    response.status, _words_for(response.status), response.headers.get("Retry-After")
                )
        except TimeoutError:
            return EndpointResponse(error=f"no answer within {self._seconds:g} seconds")
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as trouble:
            return EndpointResponse(error=_words(trouble))


def _session(look_up: LookUp, reach: Reach, seconds: float) -> aiohttp.ClientSession:
    def open_socket(info: AddrInfoType) -> socket.socket:
        """Open a socket to an address; this is where those come along that were never looked up, being numbers."""
        family, kind, protocol, _, address = info
        if not reach.allows(str(address[0])):
            raise AddressRefusedError
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(
        limit=0,
        resolver=CheckedNames(look_up, reach),
        use_dns_cache=False,
        keepalive_timeout=_KEPT_SECONDS,
        socket_factory=open_socket,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=seconds),
        headers={"User-Agent": f"Gatepost/{__version__}"},
        skip_auto_headers=("Accept-Encoding",),
        auto_decompress=False,
    )


def _words_for(status: int) -> str | None:
    """Say what a status means that sites may wonder about."""
    is_redirection = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return "redirections are not followed" if is_redirection else None


def _words(trouble: Exception) -> str:
    """Say what went wrong without naming address, query or body."""
    if isinstance(trouble, aiohttp.ClientConnectorCertificateError):
        return "the certificate is not trusted"
    if isinstance(trouble, ValueError):  # yarl's own, or aiohttp's
        return "nobody can be called by this url"
    if isinstance(trouble, aiohttp.ClientConnectorError):
        cause = trouble.os_error
        if isinstance(cause, AddressRefusedError):
            return "the address is not public"
        if isinstance(trouble, aiohttp.ClientConnectorDNSError):
            return "the host name was not found"
        return f"cannot connect: {os.strerror(cause.errno) if cause.errno else type(cause).__name__}"
    return f"the connection broke ({type(trouble).__name__})"
