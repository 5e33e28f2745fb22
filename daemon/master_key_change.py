"""A new master key: everything in the database is sealed anew under it, step by step, so that no step can lose a key.

1. The new key is made, in a file of its own (``gatepost.key.new``).
2. The former key is copied (``gatepost.key.old``).
3. In one transaction everything is sealed under the new key; nobody else may have the database open.
4. The file is written anew, so that no page that was given up opens under the former key.
5. The new key takes the former one's place.

Whoever is cut off begins again and finds what is done: which of the two keys the database opens under says whether step
3 was. The copy of the former key stays, for the backups that were written under it; the operator deletes it.
"""

from dataclasses import dataclass
from pathlib import Path

from config.complaints import Complaint, SettingsError
from core.clock import Clock
from core.entropy import Entropy
from core.seal import MASTER_KEY_OCTETS, Seal
from daemon.master_key import existing_master_key, key_file, new_key_file, put_key, read_key, seal_of, settle
from daemon.messengers import Settings
from storage.sqlite.key_check import sealed_in
from storage.sqlite.new_key import forget_former_pages, seal_anew


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the master key in the file ``key``; ``new`` is where the next one waits, ``former`` the copy."""

    key: Path
    new: Path
    former: Path


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of it: the ``former`` key's file, and how many values no key opens, which stay as they were."""

    former: Path
    unreadable: int


def change_master_key(settings: Settings, clock: Clock, entropy: Entropy) -> Changed:
    """Change the master key, or go on with a change that was cut off.

    Raises ``SettingsError`` where there is nothing to change, ``MasterKeyError`` where a key is not right, and
    ``StorageError`` where the database is in use.
    """
    database = settings.storage.sqlite_path
    change = _begun(settings)
    former_key = existing_master_key(change.key, database)
    try:
        put_key(change.new, entropy.octets(MASTER_KEY_OCTETS))
        put_key(change.former, former_key)
    except OSError as trouble:
        raise _refused(f"the folder of {change.key} must be writable: {trouble.strerror}") from None
    new_key = read_key(change.new)
    unreadable = 0
    found = sealed_in(database)
    if found is not None and not (found.sealed and found.opens_under(Seal(new_key, entropy))):
        former = seal_of(found, former_key, settings, entropy)
        unreadable = seal_anew(database, former, former.successor(new_key, clock.now()))
    forget_former_pages(database)
    change.new.replace(change.key)
    settle(change.key.parent)
    return Changed(change.former, unreadable)


def _begun(settings: Settings) -> Change:
    """Return the change that the settings allow, new or cut off; or raise ``SettingsError``."""
    key, database = key_file(settings), settings.storage.sqlite_path
    if key is None:
        raise _refused(
            "the key is in the settings themselves, where no command can change it: write it into a file of mode 600, "
            "name that as security.key_file, and run this again"
        )
    if not database.exists():
        raise _refused(f"there is no database {database} yet, so nothing is sealed: delete {key}, and another is made")
    change = Change(key, new_key_file(key), key.with_name(f"{key.name}.old"))
    if change.former.exists() and not change.new.exists():
        raise _refused(
            f"{change.former} is the key before this one: delete it or keep it elsewhere, and run this again"
        )
    return change


def _refused(advice: str) -> SettingsError:
    return SettingsError([Complaint("security.key", advice)])
