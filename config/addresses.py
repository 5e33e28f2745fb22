"""Reads addresses out of settings: our own, what to listen on, and the networks we trust."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_HIGHEST_PORT: Final = 65535

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 lets the system choose one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Tell whether the host name or address is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def origin(text: str) -> str:
    """Return ``scheme://host[:port]`` of our own address; raise ``ValueError`` with what to write instead."""
    parts = _split(text)
    if parts is None or parts.path not in {"", "/"}:
        raise ValueError("must be scheme and host only, such as https://id.example.com")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https:// (http:// is only for this very machine)")
    return _origin(parts)


def listen_address(text: object) -> Address:
    """Read ``127.0.0.1:8080`` or ``[::1]:8080``; raise ``ValueError`` with what to write instead."""
    wanted = ValueError("must be host:port, such as 127.0.0.1:8080 or [::1]:8080")
    if isinstance(text, Address):
        return text
    if not isinstance(text, str):
        raise wanted
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or (":" in bare and bare == host) or not (port.isascii() and port.isdecimal()):
        raise wanted
    if int(port) > _HIGHEST_PORT:
        raise wanted
    return Address(bare, int(port))


def networks(value: object) -> tuple[Network, ...]:
    """Read a list of CIDR networks; text, as in a variable, may also be separated by commas or be JSON."""
    try:
        if isinstance(value, str):
            value = json.loads(value) if value.lstrip().startswith("[") else [part.strip() for part in value.split(",")]
        if isinstance(value, Sequence):
            return tuple(ip_network(str(entry)) for entry in value)
    except ValueError:
        pass
    raise ValueError('must be a list of networks (all bits after the mask 0), such as ["127.0.0.1/32", "10.0.0.0/8"]')


def _split(text: str) -> SplitResult | None:
    """Split a plain http(s) address, or return ``None`` for anything that is not one."""
    if any(mark.isspace() or mark in "?#@\\" for mark in text):
        return None
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port != 0
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname and port_is_fine else None


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{shown_host}{shown_port}"
