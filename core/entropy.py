"""Where randomness comes from, and the shapes of the secrets and ids we make of it: hex, UUID, base 62."""

import os
from base64 import urlsafe_b64encode
from typing import Final, Protocol
from uuid import UUID


class Entropy(Protocol):
    """A source of random bytes fit for secrets."""

    def octets(self, count: int) -> bytes:
        """Return ``count`` random bytes."""
        ...


class SystemEntropy:
    """The operating system's generator."""

    def octets(self, count: int) -> bytes:
        """Return ``count`` random bytes."""
        return os.urandom(count)  # noqa: TID251 - this is the source that all else takes


def hex_id(entropy: Entropy) -> str:
    """Make an id or session id: 24 hex characters, 96 bits (a contract: ``sites-api``, formats)."""
    return entropy.octets(12).hex()


def link_code(entropy: Entropy) -> str:
    """Make a link code: 22 characters of ``A-Za-z0-9_-``, 132 bits cut to 128; fits every messenger's start payload."""
    return urlsafe_b64encode(entropy.octets(16)).decode().rstrip("=")


def uuid4(entropy: Entropy) -> UUID:
    """Make a random UUID (RFC 9562 section 5.4)."""
    return UUID(bytes=entropy.octets(16), version=4)


def below(entropy: Entropy, bound: int) -> int:
    """Draw a whole number from 0 to ``bound`` - 1; the bias is under 2**-48 for bounds below 65,536."""
    return int.from_bytes(entropy.octets(8)) % bound


BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(number: int, length: int) -> str:
    """Return the lowest ``length`` digits of ``number`` in base 62, the highest of them first."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(BASE62))
        digits.append(BASE62[digit])
    return "".join(reversed(digits))
