"""Looks at the ground: may we write where the settings say, can we read the key, do database and key fit together.

So that an operator reads one plain sentence for each thing to mend, instead of a database's stack of errors.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.complaints import Complaint, SettingsError
from core.entropy import SystemEntropy
from core.seal import SealBrokenError
from daemon.master_key import MasterKeyError, another_key, complaint_about_key, read_key
from daemon.messengers import Settings
from http_api.geo import Regions
from storage.errors import StorageError

UNIT_FOLDER: Final = Path("/var/lib/gatepost")
"""What the systemd unit makes before it starts us (``StateDirectory``)."""


def complaints_about_ground(settings: Settings, *, before_unit: bool = False) -> list[Complaint]:
    """Return what stands in the way of opening the store; change nothing.

    ``before_unit`` = the systemd unit has not run yet, and makes its folder when it does.
    """
    folder = settings.storage.sqlite_path.absolute().parent
    if before_unit and folder == UNIT_FOLDER and not folder.exists():
        return []
    storage = [Complaint("storage.url", trouble) for trouble in _storage(settings.storage.sqlite_path)]
    return (
        storage
        + _key(settings, is_storage_fit=not storage)
        + [Complaint("http.geoip_file", trouble) for trouble in _geoip(settings.http.geoip_file)]
    )


@contextmanager
def explain_bad_ground(settings: Settings) -> Iterator[None]:
    """Where the store or what is sealed in it does not open, raise ``SettingsError`` with what the operator must do."""
    try:
        yield
    except StorageError as trouble:
        raise SettingsError([Complaint("storage.url", str(trouble))]) from None
    except MasterKeyError as trouble:
        raise SettingsError([Complaint("security.key", str(trouble))]) from None
    except SealBrokenError:
        raise SettingsError([Complaint("security.key", another_key(settings))]) from None


def _storage(database: Path) -> list[str]:
    folder = database.absolute().parent
    if not folder.is_dir():
        return [f"the folder {folder} does not exist: create it, or name another"]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"the folder {folder} may not be written by this user"]
    if database.exists() and not (database.is_file() and os.access(database, os.R_OK | os.W_OK)):
        return [f"{database} is not a file this user may read and write"]
    return []


def _geoip(path: Path | None) -> list[str]:
    try:
        Regions(path)
    except FileNotFoundError:
        return [f"{path} does not exist"]
    except (OSError, ValueError) as trouble:
        return [f"{path} cannot be used: {trouble}"]
    return []


def _key(settings: Settings, *, is_storage_fit: bool) -> list[Complaint]:
    """Return what is wrong with the key's file; else, where the database can be looked into, with the key."""
    try:
        if settings.key_path is not None and settings.key_path.exists():
            read_key(settings.key_path)
    except MasterKeyError as trouble:
        return [Complaint("security.key_file", str(trouble))]
    try:
        advice = complaint_about_key(settings, SystemEntropy()) if is_storage_fit else None
    except StorageError as trouble:
        return [Complaint("storage.url", str(trouble))]
    return [Complaint("security.key", advice)] if advice else []
