"""The master key under which everything secret is kept: from the settings, or a file made at the first start."""

import os
from pathlib import Path
from typing import Final

from core.entropy import Entropy
from core.seal import MASTER_KEY_OCTETS

_OWNER_ONLY: Final = 0o600


class MasterKeyError(Exception):
    """The key file cannot be used; the text says why and what to do."""


def load_master_key(path: Path, entropy: Entropy) -> bytes:
    """Return the key in the file at ``path`` (64 hex characters), making it with mode 600 if there is none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except FileExistsError:
        return _read(path)
    except OSError as trouble:
        raise MasterKeyError(f"{path} cannot be made: {trouble.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(entropy.octets(MASTER_KEY_OCTETS).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode & 0o077
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as trouble:
        raise MasterKeyError(f"{path} cannot be read as 64 hex characters: {trouble}") from None
    if mode:
        raise MasterKeyError(f"{path} can be read by others: run 'chmod 600 {path}'")
    if len(key) != MASTER_KEY_OCTETS:
        raise MasterKeyError(f"{path} must hold 64 hex characters; if it was cut short, restore it from your backup")
    return key
