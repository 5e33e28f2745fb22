"""Brings a database to the revision this code wants. Alembic does the work, and is imported only when there is some.

Importing it takes longer than all the rest of opening a database, and nearly every start finds nothing to do.
"""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from storage.errors import NewerDatabaseError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
HEAD: Final = max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]
"""The newest revision, told by the files' names, which Alembic need not be imported to read."""


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Apply the migrations that the database lacks, all or none; raise ``NewerDatabaseError``."""
    if current_revision(connection) != HEAD:
        _migrate(connection)


def current_revision(connection: sqlite3.Connection) -> str | None:
    """Return the database's revision; ``None`` if it is empty."""
    if connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchall() == []:
        return None
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(rows[0][0]) if rows else None


def _migrate(connection: sqlite3.Connection) -> None:
    # SQLAlchemy ends the transaction and these lines begin it, since it does not know of BEGIN IMMEDIATE.
    engine = create_engine(
        "sqlite://",
        creator=lambda: connection,
        poolclass=StaticPool,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as borrowed, borrowed.begin():
        borrowed.exec_driver_sql("BEGIN IMMEDIATE")
        # Another process may have migrated the database while we waited for the lock.
        revision = current_revision(connection)
        if revision != HEAD:
            _run_alembic(borrowed, revision)


def _run_alembic(connection: Connection, revision: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - 100 ms that a start with nothing to migrate does not need
    from alembic.config import Config  # noqa: PLC0415 - the same
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    revisions = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in revisions:
        raise NewerDatabaseError(
            f"The database is at revision {revision}, which this version of Gatepost (revision {HEAD}) does not know:"
            " a newer one has written it. Install that version, or restore a backup."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
