"""JSON over HTTP, for messengers without a library: one call, bounded in time and size, that names no secret.

It knows status and body, and nothing of what they mean.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import aiohttp
from yarl import URL

from bots.delivering import NoAnswer
from bots.reading import read_json
from core.ports.messengers import TryLater

NETWORK_PAUSE: Final = 2.0
"""Seconds until the next try when a messenger is not there or does not make sense."""
_CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
"""How long an answer may take."""
_ANSWER_LIMIT: Final = 8 * 1024 * 1024
_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class PlatformResponse:
    """What came back; ``body`` is ``None`` if it was no JSON object (a proxy's page, say)."""

    status: int
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A way to one messenger, over a session that its maker closes.

    ``headers`` go with each call, ``trust`` is for this messenger only (``None`` = the system's). An answer may take
    ``answer_seconds`` unless a call says otherwise.
    """

    session: aiohttp.ClientSession
    base: str
    headers: Mapping[str, str]
    proxy: str | None = None
    trust: ssl.SSLContext | None = None
    answer_seconds: float = ANSWER_SECONDS

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> PlatformResponse:
        """Make one call that may take ``seconds``; raise ``NoAnswer`` or ``TryLater``."""
        seconds = self.answer_seconds if seconds is None else seconds
        timeout = aiohttp.ClientTimeout(
            total=_CONNECT_SECONDS + seconds, sock_connect=_CONNECT_SECONDS, sock_read=seconds
        )
        try:
            async with self.session.request(
                method,
                URL(self.base + path, encoded=True).with_query(query),
                json=body,
                headers=self.headers,
                timeout=timeout,
                proxy=self.proxy,
                ssl=self.trust or True,
                allow_redirects=False,
            ) as response:
                return PlatformResponse(response.status, _json_object(await _read(response.content)))
        except aiohttp.ConnectionTimeoutError:
            raise TryLater(NETWORK_PAUSE, "no connection in time") from None
        except TimeoutError:
            raise NoAnswer(NETWORK_PAUSE, "no answer in time") from None
        except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError) as trouble:
            raise TryLater(NETWORK_PAUSE, words_of(trouble)) from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as trouble:
            raise NoAnswer(NETWORK_PAUSE, words_of(trouble)) from None


async def _read(content: aiohttp.StreamReader) -> bytes:
    pieces, size = [], 0
    while piece := await content.read(_PIECE):
        size += len(piece)
        if size > _ANSWER_LIMIT:
            raise NoAnswer(NETWORK_PAUSE, "the answer is too large")
        pieces.append(piece)
    return b"".join(pieces)


def _json_object(raw: bytes) -> Mapping[str, Any] | None:
    try:
        body = read_json(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def words_of(trouble: Exception) -> str:
    """Say what went wrong, and never at which path: for certificates in OpenSSL's words, which the operator needs."""
    if isinstance(trouble, aiohttp.ClientConnectorCertificateError):
        return f"the certificate is not trusted: {trouble.certificate_error}"
    if isinstance(trouble, aiohttp.ClientConnectorError):
        return f"cannot connect to {trouble.host}:{trouble.port}: {trouble.os_error.strerror or trouble.os_error}"
    if isinstance(trouble, aiohttp.ConnectionTimeoutError):
        return "no connection in time"
    return "the connection broke"


class UpdateMarker(Protocol):
    """A short note that outlives a restart: how far we have read."""

    async def recall(self) -> str | None:
        """Return the note."""
        ...

    async def remember(self, note: str) -> None:
        """Keep the note."""
        ...
