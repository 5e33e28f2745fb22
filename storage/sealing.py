"""Seals the phones, user ids and chats that earlier versions kept in clear, some rows at a time.

Each batch is a transaction of its own, and takes rows that are not sealed yet: whoever is cut off goes on there.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from core.model.ids import AccountId, PersonId
from storage.vault import Vault

_BATCH: Final = 1000
"""Rows in a transaction: some tens of milliseconds."""
_ACCOUNTS: Final = "SELECT account_id, user_id, chat, phone FROM accounts WHERE whereabouts IS NULL LIMIT ?"
_SEAL_ACCOUNT: Final = "UPDATE accounts SET user_digest = ?, whereabouts = ? WHERE account_id = ?"
_PERSONS: Final = "SELECT person_id, phone FROM persons WHERE phone IS NOT NULL AND line IS NULL LIMIT ?"
_SEAL_PERSON: Final = "UPDATE persons SET line_digest = ?, line = ? WHERE person_id = ?"
Batch = Callable[[sqlite3.Connection, Vault], int]


def seal_people(connection: sqlite3.Connection, vault: Vault, has_clear_columns: Callable[[], bool]) -> None:
    """Seal all that is in clear, unless another process has come further meanwhile, which is asked in each transaction.

    The columns in clear stay as they are, until the next migration drops them.
    """
    for batch in (_seal_accounts, _seal_persons):
        while _in_transaction(connection, vault, batch, has_clear_columns) == _BATCH:
            continue


def _in_transaction(
    connection: sqlite3.Connection, vault: Vault, batch: Batch, has_clear_columns: Callable[[], bool]
) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        count = batch(connection, vault) if has_clear_columns() else 0
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return count


def _seal_accounts(connection: sqlite3.Connection, vault: Vault) -> int:
    rows = connection.execute(_ACCOUNTS, (_BATCH,)).fetchall()
    for account_id, user_id, chat, phone in rows:
        sealed = vault.seal_whereabouts(AccountId(account_id), (user_id, chat, phone))
        connection.execute(_SEAL_ACCOUNT, (vault.user_digest(user_id), sealed, account_id))
    return len(rows)


def _seal_persons(connection: sqlite3.Connection, vault: Vault) -> int:
    rows = connection.execute(_PERSONS, (_BATCH,)).fetchall()
    for person_id, phone in rows:
        sealed = vault.seal_line(PersonId(person_id), phone)
        connection.execute(_SEAL_PERSON, (vault.line_digest(phone), sealed, person_id))
    return len(rows)
