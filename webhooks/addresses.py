"""Which addresses sites may have us call: those of the public internet, and what the operator allows beyond.

The list is that of ``security``, T26 (IANA's special-purpose registries). For IPv6 it is the other way round: only what
is given out as global unicast counts, so that nothing which carries an IPv4 address inside gets past.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carriers' NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and the clouds' metadata services
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
GLOBAL_V6: Final = IPv6Network("2000::/3")
NOT_PUBLIC_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which addresses may be called: ``networks`` always, everything public only if ``is_public_open``."""

    networks: Sequence[Network]
    is_public_open: bool

    def allows(self, text: str) -> bool:
        """Tell whether the address, written as a number, may be called."""
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self.networks) or (self.is_public_open and is_public(address))


def is_public(address: Address) -> bool:
    """Tell whether the address is one of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_V4)
    return address in GLOBAL_V6 and not any(address in network for network in NOT_PUBLIC_V6)
