"""The master key under which everything secret is kept: from the settings, or a file made at the first start.

It is never made beside a database that was written under one: without that one, nothing in it could be read.
"""

import os
from pathlib import Path
from typing import Final

from core.entropy import Entropy
from core.seal import MASTER_KEY_OCTETS, Seal
from daemon.messengers import Settings
from storage.sqlite.key_check import SealedIn, sealed_in

_OWNER_ONLY: Final = 0o600


class MasterKeyError(Exception):
    """The key file cannot be used; the text says why and what to do."""


def open_seal(settings: Settings, entropy: Entropy) -> Seal:
    """Return the seal under the master key of the settings, which is made if it is the first.

    Raises ``MasterKeyError`` if there is no such key, or it is not the one that the database was written under, and
    ``StorageFileError`` if the database cannot be read.
    """
    database = settings.storage.sqlite_path
    found = sealed_in(database)
    if settings.security.key is not None:
        key = bytes.fromhex(settings.security.key.get_secret_value())
    elif settings.key_path is None:
        raise RuntimeError("the settings promise a key or a path to one")
    elif found is None:
        key = load_master_key(settings.key_path, entropy)
    else:
        key = existing_master_key(settings.key_path, database)
    return seal_of(found, key, settings, entropy)


def complaint_about_key(settings: Settings, entropy: Entropy) -> str | None:
    """Return what is wrong with the key, ``None`` if it is right or will be made; change nothing."""
    path = settings.key_path
    found = sealed_in(settings.storage.sqlite_path)
    if path is not None and found is None and not path.exists():
        return None
    try:
        open_seal(settings, entropy)
    except MasterKeyError as trouble:
        return str(trouble)
    return None


def seal_of(found: SealedIn | None, key: bytes, settings: Settings, entropy: Entropy) -> Seal:
    """Return the seal under a key, with the keys that the database brings along; or raise ``MasterKeyError``."""
    seal = Seal(key, entropy)
    if found is None:
        return seal
    if not found.opens_under(seal):
        raise MasterKeyError(another_key(settings))
    return Seal(key, entropy, found.kept_keys(seal))


def key_file(settings: Settings) -> Path | None:
    """Return the file that the master key is in; ``None`` if the settings themselves hold it."""
    return settings.security.key_file if settings.security.key is not None else settings.key_path


def new_key_file(key: Path) -> Path:
    """Return where the new master key waits while everything is sealed under it."""
    return key.with_name(f"{key.name}.new")


def another_key(settings: Settings) -> str:
    """Return what to do where the key is not the one that the database was written under."""
    path = key_file(settings)
    if path is not None and new_key_file(path).exists():
        return (
            f"the change of the master key was cut off: {new_key_file(path)} is still there. Run "
            "'gatepost keys rotate-master' again, it goes on where it was"
        )
    return (
        f"the key in {path or 'the settings'} is not the one that {settings.storage.sqlite_path} was written under: "
        "put that one back from your backup; if it is lost, move the database away and begin anew"
    )


def load_master_key(path: Path, entropy: Entropy) -> bytes:
    """Return the key in the file at ``path`` (64 hex characters), making it with mode 600 if there is none.

    It is there whole or not at all. Raises ``MasterKeyError``.
    """
    if not path.exists():
        try:
            put_key(path, entropy.octets(MASTER_KEY_OCTETS))
        except OSError as trouble:
            raise MasterKeyError(f"{path} cannot be made: {trouble.strerror}") from None
    return read_key(path)


def existing_master_key(path: Path, database: Path) -> bytes:
    """Return the key in the file, which is not made: ``database`` was written under it; or raise ``MasterKeyError``."""
    if not path.exists():
        raise MasterKeyError(
            f"{path} is not there, and what {database} holds was sealed under the key in it: bring {path.name} back "
            "from your backup; no other key is made. If it is lost, move the database away and begin anew"
        )
    return read_key(path)


def put_key(path: Path, key: bytes) -> None:
    """Write a key into a file of mode 600, unless there is one; when this returns, it survives a power cut."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            return
        settle(path.parent)
    finally:
        part.unlink(missing_ok=True)


def settle(folder: Path) -> None:
    """Have the disk know the names of a folder's files for good."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_key(path: Path) -> bytes:
    """Return the key in a file; raise ``MasterKeyError``."""
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
