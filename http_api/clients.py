"""Who is calling: the client's address behind our own proxies, the network it belongs to, its browser and system.

``X-Forwarded-For`` is believed only as far as it was written by a configured proxy, from right to left (``security``,
T16). What a person is shown, and what limits count, is the network: /24 for IPv4, /56 for IPv6.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import web

from core.model.login.login import RequestOrigin

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

_FORWARDED_LIMIT: Final = 1024
AGENT_LIMIT: Final = 512
"""Characters of a browser's name for itself; the real ones have a hundred or two."""
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser", "Yandex Browser"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_WITH_PORT: Final = re.compile(r"^(?:([0-9.]+):\d+|\[([0-9A-Fa-f:.]+)\](?::\d+)?)$")
_LOCALE: Final = re.compile(r"[A-Za-z]{2}(?![A-Za-z])")


class Proxies:
    """The proxies whose word on the client's address is taken."""

    def __init__(self, trusted: Sequence[_Network]) -> None:
        self._trusted = tuple(trusted)
        self.client = lru_cache(maxsize=4096)(self._client)

    def network_of(self, request: web.Request) -> str:
        """Return the network that the request comes from, such as ``203.0.113.0/24``; empty if unknown."""
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
        return self.client(request.remote or "", forwarded[-_FORWARDED_LIMIT:])

    def is_trusted(self, peer: str) -> bool:
        """Tell whether an address is one of our proxies."""
        address = _parse(peer)
        return address is not None and any(address in network for network in self._trusted)

    def _client(self, peer: str, forwarded: str) -> str:
        address = _parse(peer)
        for hop in reversed(forwarded.split(",")):
            if address is None or not any(address in network for network in self._trusted):
                break
            nearer = _parse(hop.strip())
            if nearer is None:
                break
            address = nearer
        return "" if address is None else network_of(address)


def network_of(address: _Address) -> str:
    """Return the network that stands for an address: /24 for IPv4, /56 for IPv6."""
    return str(ip_network((address, 24 if address.version == 4 else 56), strict=False))  # noqa: PLR2004 - IP versions


@lru_cache(maxsize=1024)
def place_of(network: str, user_agent: str, region: str = "") -> RequestOrigin:
    """Return where a login was asked from, in words for people; each part may be empty.

    Callers cut ``user_agent`` (``AGENT_LIMIT``): what is remembered here was chosen by strangers.
    """
    return RequestOrigin(network, _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent), region)


def language_of(locale: str | None) -> str | None:
    """Return the two letters of an IETF language tag, in lower case; ``None`` if there are none."""
    tag = _LOCALE.match(locale or "")
    return tag[0].lower() if tag else None


def _first(marks: Sequence[tuple[str, str]], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")


def _parse(text: str) -> _Address | None:
    """Read an address, also with the port that some proxies add: ``203.0.113.9:5511``, ``[2001:db8::1]:443``."""
    bare = _WITH_PORT.sub(lambda match: match[1] or match[2], text)
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
