"""Seals everything in a database file anew, under another master key: in one transaction, all or nothing.

Nobody else may have the file open, since they would go on under the former key. So the file leaves WAL mode first,
which SQLite refuses while anybody else is there, and is locked until the end.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from core.model.ids import AccountId, PersonId
from core.seal import Seal, SealBrokenError
from storage.errors import StorageFileError
from storage.revisions import bring_up_to_date
from storage.sealed import DIGESTS, SEALED, SealedColumn, digest_keys_context
from storage.sqlite.file import connect
from storage.vault import Vault

_LOCK_TIMEOUT: Final = 1.0
_BATCH: Final = 1000


def seal_anew(path: Path, former: Seal, new: Seal) -> int:
    """Seal everything in the file that opens under ``former`` under ``new``; return how many values did not open.

    Those, which no key of ours opens, stay as they are. Raises ``StorageFileError`` if anybody has the file open.
    """
    try:
        with closing(connect(path, _LOCK_TIMEOUT)) as connection:
            bring_up_to_date(connection, former)
            _be_alone(connection, path)
            connection.execute("BEGIN EXCLUSIVE")
            _keep_digest_keys(connection, new)
            broken = sum(_seal_column(connection, each, former, new) for each in SEALED if each.table != "digest_keys")
            _find_anew(connection, Vault(new))
            connection.execute("COMMIT")
            return broken
    except sqlite3.Error as error:
        raise StorageFileError(f"The database {path} cannot be sealed anew: {error}.") from error


def forget_former_pages(path: Path) -> None:
    """Write the file anew, so that no page that was given up holds what the former key opens."""
    try:
        with closing(connect(path, _LOCK_TIMEOUT)) as connection:
            _be_alone(connection, path)
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise StorageFileError(f"The database {path} cannot be written anew: {error}.") from error


def _be_alone(connection: sqlite3.Connection, path: Path) -> None:
    """Have the file to ourselves until the connection is closed; raise ``StorageFileError`` if somebody has it open."""
    connection.execute("PRAGMA secure_delete = ON")
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError:
        raise StorageFileError(
            f"{path} is open in another process: stop the daemon, and wait for other commands to end."
        ) from None


def _keep_digest_keys(connection: sqlite3.Connection, new: Seal) -> None:
    if new.kept is None:
        raise ValueError("the new seal must be the successor of the former")
    sealed = new.seal(new.kept.to_bytes(), digest_keys_context(DIGESTS))
    connection.execute("INSERT OR REPLACE INTO digest_keys (name, sealed) VALUES (?, ?)", (DIGESTS, sealed))


def _seal_column(connection: sqlite3.Connection, column: SealedColumn, former: Seal, new: Seal) -> int:
    """Seal a column anew, some rows at a time; return how many values did not open."""
    broken, after = 0, 0
    while rows := _rows(connection, column, after):
        for rowid, kept, *identity in rows:
            after = rowid
            try:
                sealed = column.reseal(kept, column.context(*identity), former, new)
            except SealBrokenError:
                broken += 1
                continue
            connection.execute(
                f"UPDATE {column.table} SET {column.column} = ? WHERE rowid = ?",  # noqa: S608 - our own names
                (sealed, rowid),
            )
    return broken


def _rows(connection: sqlite3.Connection, column: SealedColumn, after: int) -> "Sequence[tuple[int, bytes, str]]":
    """Return the next rows: their number, what is kept, and what they are known by."""
    return connection.execute(
        f"SELECT rowid, {column.column}, {', '.join(column.identity)} FROM {column.table}"  # noqa: S608 - our own names
        f" WHERE rowid > ? AND length({column.column}) > 0 ORDER BY rowid LIMIT {_BATCH}",
        (after,),
    ).fetchall()


def _find_anew(connection: sqlite3.Connection, vault: Vault) -> None:
    """Digest anew what people are found by."""
    after = 0
    while rows := connection.execute(
        "SELECT rowid, account_id, whereabouts FROM accounts WHERE rowid > ? ORDER BY rowid LIMIT ?", (after, _BATCH)
    ).fetchall():
        for rowid, account_id, sealed in rows:
            after = rowid
            _set_user_digest(connection, vault, rowid, AccountId(account_id), sealed)
    after = 0
    while rows := connection.execute(
        "SELECT rowid, person_id, line FROM persons WHERE rowid > ? AND line IS NOT NULL ORDER BY rowid LIMIT ?",
        (after, _BATCH),
    ).fetchall():
        for rowid, person_id, sealed in rows:
            after = rowid
            _set_line_digest(connection, vault, rowid, PersonId(person_id), sealed)


def _set_user_digest(
    connection: sqlite3.Connection, vault: Vault, rowid: int, account_id: AccountId, sealed: bytes
) -> None:
    try:
        user_id, _, _ = vault.open_whereabouts(account_id, sealed)
    except SealBrokenError:
        return
    connection.execute("UPDATE accounts SET user_digest = ? WHERE rowid = ?", (vault.user_digest(user_id), rowid))


def _set_line_digest(
    connection: sqlite3.Connection, vault: Vault, rowid: int, person_id: PersonId, sealed: bytes
) -> None:
    try:
        line = vault.open_line(person_id, sealed)
    except SealBrokenError:
        return
    connection.execute("UPDATE persons SET line_digest = ? WHERE rowid = ?", (vault.line_digest(line), rowid))
