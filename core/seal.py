"""Keeps secrets secret at rest: seals what must be read again, digests what must only be recognised.

One master key of 32 bytes, from which one key per purpose is derived (HKDF, RFC 5869). A thief of
the database without the key learns no session id, no name and no signing key.
"""

import hmac
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.entropy import Entropy

MASTER_KEY_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
_VERSION: Final = b"\x01"


class SealBrokenError(Exception):
    """Sealed bytes do not open: another key, another context, or a damaged database."""


class Seal:
    """Seals with AES-256-GCM and digests with HMAC-SHA-256, under keys derived from ``master_key`` (32 bytes)."""

    def __init__(self, master_key: bytes, entropy: Entropy) -> None:
        if len(master_key) != MASTER_KEY_OCTETS:
            raise ValueError(f"the master key must be {MASTER_KEY_OCTETS} bytes, not {len(master_key)}")
        self._entropy = entropy
        self._master_key = master_key
        self._cipher = AESGCM(self._derive(b"gatepost seal 1"))
        self._digest_key = self._derive(b"gatepost digest 1")

    def _derive(self, purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(self._master_key)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Seal ``plain``; it opens only with the same ``context`` (what it is and whose)."""
        nonce = self._entropy.octets(_NONCE_OCTETS)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Open what ``seal`` returned for the same ``context``, or raise ``SealBrokenError``."""
        nonce, body = sealed[1 : 1 + _NONCE_OCTETS], sealed[1 + _NONCE_OCTETS :]
        try:
            if sealed[:1] != _VERSION:
                raise SealBrokenError(f"unknown seal version in {context}")
            return self._cipher.decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError):
            raise SealBrokenError(f"the seal of {context} does not open: is this the right key file?") from None

    def digest(self, secret: str, purpose: str) -> bytes:
        """Return the 32 bytes under which ``secret`` is stored and looked up; the same secret differs by purpose."""
        return hmac.digest(self._digest_key, f"{purpose}\0{secret}".encode(), sha256)

    def derived_secret(self, purpose: str) -> str:
        """Return a stable secret of 64 hex characters for ``purpose``, for a partner that has to hold one."""
        return self._derive(f"gatepost secret {purpose}".encode()).hex()
