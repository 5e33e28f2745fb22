"""Looks at the ground before anything is built on it: may we write where the settings say, can we read the key.

So that an operator reads one plain sentence for each thing to mend, instead of a database's stack of errors.
"""

import os
from pathlib import Path

from gatepost.config.complaints import Complaint
from gatepost.config.settings import Settings
from gatepost.core.entropy import SystemEntropy
from gatepost.daemon.master_key import MasterKeyError, load_master_key


def complaints_about_ground(settings: Settings) -> list[Complaint]:
    """Return what stands in the way of opening the store; change nothing."""
    return [Complaint("storage.url", trouble) for trouble in _storage(settings.storage.sqlite_path)] + [
        Complaint("security.key_file", trouble) for trouble in _key(settings.key_path)
    ]


def _storage(database: Path) -> list[str]:
    folder = database.absolute().parent
    if not folder.is_dir():
        return [f"the folder {folder} does not exist: create it, or name another"]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"the folder {folder} may not be written by this user"]
    if database.exists() and not (database.is_file() and os.access(database, os.R_OK | os.W_OK)):
        return [f"{database} is not a file this user may read and write"]
    return []


def _key(path: Path | None) -> list[str]:
    if path is None or not path.exists():
        return []
    try:
        load_master_key(path, SystemEntropy())
    except MasterKeyError as trouble:
        return [str(trouble)]
    return []
