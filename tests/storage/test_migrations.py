"""The migrations, the schema in code and the constant that saves us importing Alembic agree."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from storage.errors import NewerDatabaseError
from storage.revisions import HEAD, MIGRATIONS, bring_up_to_date, current_revision
from storage.sqlite.file import connect
from storage.sqlite.store import open_store
from storage.tables.metadata import metadata
from tests.storage.key import SEAL

_START = """
import asyncio, sys
from storage.sqlite.store import open_store
from tests.storage.key import SEAL
async def main():
    async with open_store(sys.argv[1], SEAL):
        print("alembic" in sys.modules)
asyncio.run(main())
"""


def _migrate(path: Path) -> None:
    with closing(connect(path, lock_timeout=1.0)) as connection:
        bring_up_to_date(connection, SEAL)


def _migrate_to(path: Path, revision: str) -> None:
    """Bring a new database to an older revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def _indexes(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in rows}


def test_migrations_from_nothing_make_the_schema(path: Path) -> None:
    """Alembic finds nothing to add to what its own migrations made."""
    _migrate(path)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    engine.dispose()


def test_indexes_cover_the_same_rows(path: Path, tmp_path: Path) -> None:
    """The conditions of partial indexes, which Alembic does not compare, are the same too."""
    _migrate(path)
    made = tmp_path / "made.db"
    engine = create_engine(f"sqlite:///{made}")
    metadata.create_all(engine)
    engine.dispose()
    assert _indexes(path) == _indexes(made)


def test_the_constant_is_the_newest_revision() -> None:
    """``HEAD`` in code is what Alembic's directory says."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_apps_of_before_keep_their_ways_with_the_number(path: Path) -> None:
    """Faults 7.5: who insisted insists, all others are as open as they were; only new apps are stricter."""
    _migrate_to(path, "0013")
    with closing(sqlite3.connect(path)) as connection, connection:
        for app_id, insists in (("a", 1), ("b", 0), ("c", None)):
            connection.execute(
                "INSERT INTO apps (app_id, slug, name, origins, callbacks, bots, wants_phone, enabled, created_at,"
                " requires_match) VALUES (?, ?, 'x', '[]', '[]', '[]', 1, 1, 0, ?)",
                (app_id, app_id, insists),
            )
    _migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT app_id, match_policy FROM apps ORDER BY app_id").fetchall()
    assert rows == [("a", "all"), ("b", "off"), ("c", "off")]


def test_migrating_twice_changes_nothing(path: Path) -> None:
    """A database that is up to date stays as it is."""
    _migrate(path)
    before = path.read_bytes()
    _migrate(path)
    assert path.read_bytes() == before


def test_a_failed_migration_leaves_nothing(path: Path) -> None:
    """If a migration fails half-way, the tables it had made are gone and the revision is the old one."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE bots (whatever TEXT)")
    with closing(connect(path, lock_timeout=1.0)) as connection:
        with pytest.raises(Exception, match="table bots already exists"):
            bring_up_to_date(connection, SEAL)
        assert current_revision(connection) is None
        assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("bots",)]


async def test_a_newer_database_is_refused(path: Path) -> None:
    """A database that a newer version wrote is not touched, and the operator is told what to do."""
    _migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError, match="revision 9999"):
        async with open_store(f"sqlite:///{path}", SEAL):
            pass


def test_alembic_is_imported_only_for_a_migration(path: Path) -> None:
    """The first start imports Alembic, the second does not."""
    answers = [
        subprocess.run(  # noqa: S603 - our own interpreter and the program above
            [sys.executable, "-c", _START, f"sqlite:///{path}"], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert answers == ["True\n", "False\n"]
