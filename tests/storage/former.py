"""A database as it was before phones were sealed, with people in it; and a program that dies while it is migrated."""

import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Final
from unittest.mock import patch

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from core.model.ids import AccountId
from storage.revisions import MIGRATIONS, bring_up_to_date
from storage.sqlite.file import connect
from storage.vault import Vault, Whereabouts
from tests.storage.builders import NOW
from tests.storage.key import SEAL

PEOPLE: Final = 2500
"""More than two batches."""


def phone_of(number: int) -> str:
    """Return somebody's phone."""
    return f"+7999{number:07d}"


def lay_down_former(path: Path) -> None:
    """Make a database of the last revision that kept phones in clear, where everybody has WhatsApp and a phone."""
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0013")
    engine.dispose()
    rows = [(f"{number:024x}", phone_of(number)) for number in range(PEOPLE)]
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("INSERT INTO persons (person_id, phone) VALUES (?, ?)", rows)
        database.executemany(
            "INSERT INTO accounts (account_id, person_id, bot, messenger, user_id, chat, phone, phone_verified_at,"
            " reachable, reachable_since) VALUES (?1, ?1, 'wa', 'whatsapp', ?2, ?2, ?2, ?3, 1, ?3)",
            [(*row, int(NOW.timestamp() * 1000)) for row in rows],
        )
        database.execute(
            "INSERT INTO apps (app_id, slug, name, origins, callbacks, bots, wants_phone, enabled, created_at)"
            " VALUES ('a', 'a', 'A', '[]', '[]', '[]', 1, 1, 0)"
        )
        database.execute(
            "INSERT INTO subscriptions (subscription_id, app_id, account_id, consented_at) VALUES ('s', 'a', ?, 0)",
            (f"{7:024x}",),
        )


class _DyingVault(Vault):
    """A vault that takes its process along when it has sealed so many."""

    left: int = 0

    def seal_whereabouts(self, account_id: AccountId, whereabouts: Whereabouts) -> bytes:
        """Seal, or die."""
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().seal_whereabouts(account_id, whereabouts)


def _die(_connection: sqlite3.Connection) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(path: str, moment: str) -> None:
    """Migrate the database, and die when so many accounts are sealed, or (``anew``) all but the file's new writing."""
    if moment == "anew":
        patch("storage.revisions.write_anew", _die).start()
    else:
        _DyingVault.left = int(moment)
        patch("storage.revisions.Vault", _DyingVault).start()
    with closing(connect(Path(path), lock_timeout=1.0)) as connection:
        bring_up_to_date(connection, SEAL)


if __name__ == "__main__":
    main(*sys.argv[1:])
