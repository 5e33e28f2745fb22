"""An app's keys as texts: a prefix that tells what they are, 26 random characters, and a checksum of six.

The checksum (CRC-32 of what stands before it, in base 62) tells a mistyped key without a look into the store, and lets
those who scan for leaked secrets be sure of what they found.
"""

from typing import Final
from zlib import crc32

from core.base62 import ALPHABET, base62
from core.entropy import Entropy, below
from core.model.apps.app import KeyKind

_PREFIXES: Final = {KeyKind.MESSAGE: "gp_msg_", KeyKind.LIVE: "gp_live_", KeyKind.TEST: "gp_test_"}
_RANDOM_LENGTH: Final = 26
_CHECKSUM_LENGTH: Final = 6


def draw_key(kind: KeyKind, entropy: Entropy) -> str:
    """Draw a key: its prefix and 32 characters of base 62, of which 26 are random (154 bits)."""
    body = _PREFIXES[kind] + "".join(ALPHABET[below(entropy, 62)] for _ in range(_RANDOM_LENGTH))
    return body + _checksum(body)


def is_key(text: str) -> bool:
    """Tell whether ``text`` is built as a key is, checksum included."""
    for prefix in _PREFIXES.values():
        if text.startswith(prefix):
            body, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
            has_length = len(text) == len(prefix) + _RANDOM_LENGTH + _CHECKSUM_LENGTH
            return has_length and text.isascii() and checksum == _checksum(body)
    return False


def _checksum(body: str) -> str:
    return base62(crc32(body.encode()), _CHECKSUM_LENGTH)
