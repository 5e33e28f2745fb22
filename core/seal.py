"""Keeps secrets secret at rest: seals what must be read again, digests what must only be recognised.

One master key of 32 bytes, from which one key per purpose is derived (HKDF, RFC 5869). A thief of
the database without the key learns no session id, no name, no phone and no signing key.

A new master key seals anew whatever can be opened. What is only recognised (session ids, link codes,
API keys) cannot be digested anew, since nobody has it: it stays known under the key that digested it,
which is kept sealed (``DigestKeys``). Such secrets are too long to be guessed by whoever has that key.
Phones and user ids are short enough, so they are found by another digest, which changes with the master
key; and what is computed from an id (``derived``) is computed under the new one from then on.
"""

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
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


@dataclass(frozen=True, slots=True)
class DigestKeys:
    """What is left of former master keys: the key of digests that must stay recognisable, 32 bytes.

    ``former`` (32 bytes) is the key of what was derived from ids before ``since``, when the master key was changed.
    """

    recognising: bytes
    former: bytes
    since: datetime

    def to_bytes(self) -> bytes:
        """Return these keys as they are sealed."""
        return json.dumps([self.recognising.hex(), self.former.hex(), self.since.isoformat()]).encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> "DigestKeys":
        """Read what ``to_bytes`` returned."""
        recognising, former, since = json.loads(kept)
        return cls(bytes.fromhex(recognising), bytes.fromhex(former), datetime.fromisoformat(since).astimezone(UTC))


class Seal:
    """Seals with AES-256-GCM and digests with HMAC-SHA-256, under keys derived from ``master_key`` (32 bytes).

    ``kept`` are the keys that a database brought along from former master keys, ``None`` if it never had another.
    """

    def __init__(self, master_key: bytes, entropy: Entropy, kept: DigestKeys | None = None) -> None:
        if len(master_key) != MASTER_KEY_OCTETS:
            raise ValueError(f"the master key must be {MASTER_KEY_OCTETS} bytes, not {len(master_key)}")
        self._entropy = entropy
        self._master_key = master_key
        self._cipher = AESGCM(self._derive(b"gatepost seal 1"))
        self._finding_key = self._derive(b"gatepost finding 1")
        self._deriving_key = self._derive(b"gatepost digest 1")
        self._kept = kept
        self._recognising_key = self._deriving_key if kept is None else kept.recognising

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
        """Return the 32 bytes under which ``secret`` is stored and looked up; the same secret differs by purpose.

        It outlives the master key, so ``secret`` must be too long to be guessed, or live for minutes.
        """
        return hmac.digest(self._recognising_key, f"{purpose}\0{secret}".encode(), sha256)

    def finding_digest(self, known: str, purpose: str) -> bytes:
        """Return the 32 bytes by which ``known``, which is also kept sealed, is found; a new master key makes others.

        This is for what can be guessed, such as phones.
        """
        return hmac.digest(self._finding_key, f"{purpose}\0{known}".encode(), sha256)

    def derived(self, identity: str, purpose: str, at: datetime) -> bytes:
        """Return 32 bytes that only this key makes of an id that was drawn ``at`` a time, the same ones each time."""
        is_former = self._kept is not None and at < self._kept.since
        key = self._kept.former if self._kept is not None and is_former else self._deriving_key
        return hmac.digest(key, f"{purpose}\0{identity}".encode(), sha256)

    def successor(self, master_key: bytes, since: datetime) -> "Seal":
        """Return the seal under a new master key that takes over from this one: what this recognises, it does too."""
        kept = DigestKeys(recognising=self._recognising_key, former=self._deriving_key, since=since)
        return Seal(master_key, self._entropy, kept)

    @property
    def kept(self) -> DigestKeys | None:
        """The keys from former master keys, which must be kept sealed; ``None`` if there was none."""
        return self._kept

    def derived_secret(self, purpose: str) -> str:
        """Return a stable secret of 64 hex characters for ``purpose``, for a partner that has to hold one."""
        return self._derive(f"gatepost secret {purpose}".encode()).hex()
