"""Brings a database to the revision this code wants. Alembic does the work, and is imported only when there is some.

Importing it takes longer than all the rest of opening a database, and nearly every start finds nothing to do.
"""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from core.seal import Seal
from storage.errors import NewerDatabaseError, StorageFileError
from storage.sealing import seal_people
from storage.vault import Vault

MIGRATIONS: Final = Path(__file__).parent / "migrations"
KNOWN: Final = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""All revisions, told by the files' names, which Alembic need not be imported to read."""
HEAD: Final = KNOWN[-1]
"""The newest revision."""


_WITH_ROOM: Final = "0015"
"""From here on phones are sealed beside those in clear."""
_WITHOUT_CLEAR: Final = "0016"
"""From here on none is in clear, but for pages of the file that were given up."""


def bring_up_to_date(connection: sqlite3.Connection, seal: Seal) -> None:
    """Apply the migrations that the database lacks, and seal under ``seal`` what earlier versions kept in clear.

    A step of it is done whole or not at all, and whoever is cut off goes on with the step where that was. Raises
    ``NewerDatabaseError``, or ``StorageFileError`` where another process keeps the file from being written anew.
    """
    began_at = current_revision(connection)
    if began_at == HEAD:
        return
    _migrate(connection, _WITH_ROOM)
    seal_people(connection, Vault(seal), lambda: current_revision(connection) == _WITH_ROOM)
    _migrate(connection, _WITHOUT_CLEAR)
    if began_at is not None:
        write_anew(connection)
    _migrate(connection, HEAD)


def write_anew(connection: sqlite3.Connection) -> None:
    """Write the whole file anew and empty its log, so that no page that was given up holds what it held.

    Raises ``StorageFileError`` if another process still reads what is in the log.
    """
    connection.execute("VACUUM")
    is_read, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_read:
        raise StorageFileError(
            "The database cannot be written anew while another process has it open: end that one, and start again."
        )


def current_revision(connection: sqlite3.Connection) -> str | None:
    """Return the database's revision; ``None`` if it is empty."""
    if connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchall() == []:
        return None
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(rows[0][0]) if rows else None


def _migrate(connection: sqlite3.Connection, revision: str) -> None:
    """Apply the migrations up to a revision, all or none."""
    # SQLAlchemy ends the transaction and these lines begin it, since it does not know of BEGIN IMMEDIATE.
    engine = create_engine(
        "sqlite://",
        creator=lambda: connection,
        poolclass=StaticPool,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
    )
    connection.execute("PRAGMA foreign_keys = OFF")  # a table that others point to may be made anew
    try:
        with engine.connect() as borrowed, borrowed.begin():
            borrowed.exec_driver_sql("BEGIN IMMEDIATE")
            # Another process may have migrated the database while we waited for the lock.
            current = current_revision(connection)
            if current is None or current not in KNOWN or current < revision:
                _run_alembic(borrowed, current, revision)
                _check_references(connection)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _check_references(connection: sqlite3.Connection) -> None:
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise StorageFileError(f"The database cannot be migrated: a row of {broken[0]} points to nothing.")


def _run_alembic(connection: Connection, current: str | None, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - 100 ms that a start with nothing to migrate does not need
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if current is not None and current not in KNOWN:
        raise NewerDatabaseError(
            f"The database is at revision {current}, which this version of Gatepost (revision {HEAD}) does not know:"
            " a newer one has written it. Install that version, or restore a backup."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
