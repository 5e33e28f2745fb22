"""A signing key's life: ``next`` (published, not yet used), ``active`` (signs), ``retired`` (still verifies)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyState(StrEnum):
    """Where a signing key stands."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key; ``kid`` is its RFC 7638 thumbprint, ``sealed`` the private key in PKCS 8 DER, sealed."""

    kid: str
    state: KeyState
    sealed: bytes
    created_at: datetime
    changed_at: datetime
