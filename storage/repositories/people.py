"""People and their accounts as rows; the subscriptions of an account are in ``subscriptions``.

They are found by digests of what they are looked for by, which the vault makes; their rows hold it sealed.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, select

from core.model.ids import AccountId, BotName, PersonId, Phone
from core.model.people.person import Account, MessengerName, Person
from storage.repositories.people_rows import (
    ACCOUNT,
    PERSON,
    account_values,
    person_values,
    read_account,
    read_person,
)
from storage.statements import Row, Statements, insert_all, update_all
from storage.tables.people import accounts, persons
from storage.vault import Vault

_BY_USER: Final = select(*ACCOUNT.columns).where(
    accounts.c.bot == bindparam("bot"), accounts.c.user_digest == bindparam("user_digest")
)
_OF_USER: Final = (
    select(*ACCOUNT.columns)
    .where(accounts.c.messenger == bindparam("messenger"), accounts.c.user_digest == bindparam("user_digest"))
    .order_by(accounts.c.account_id)
)
_BY_ACCOUNT: Final = select(*ACCOUNT.columns).where(accounts.c.account_id == bindparam("account_id"))
_OF_PERSON: Final = (
    select(*ACCOUNT.columns).where(accounts.c.person_id == bindparam("person_id")).order_by(accounts.c.account_id)
)
_ADD_ACCOUNT: Final = insert_all(accounts)
_PUT_ACCOUNT: Final = update_all(accounts, but_for=("account_id",)).where(accounts.c.account_id == bindparam("id"))
_BY_PHONE: Final = select(*PERSON.columns).where(persons.c.line_digest == bindparam("line_digest"))
_BY_PERSON: Final = select(*PERSON.columns).where(persons.c.person_id == bindparam("person_id"))
_ADD_PERSON: Final = insert_all(persons)
_PUT_PERSON: Final = update_all(persons, but_for=("person_id",)).where(persons.c.person_id == bindparam("id"))
_REMOVE_PERSON: Final = delete(persons).where(persons.c.person_id == bindparam("person_id"))


class SqlPeople:
    """``core.ports.people.PeopleRepository`` in one transaction; an account is one user of one bot."""

    def __init__(self, statements: Statements, vault: Vault) -> None:
        self._statements = statements
        self._vault = vault

    def account(self, bot: BotName, user_id: str) -> Account | None:
        values = {"bot": bot, "user_digest": self._vault.user_digest(user_id)}
        return self._account(self._statements.first(_BY_USER, values))

    def accounts_of_user(self, messenger: MessengerName, user_id: str) -> Sequence[Account]:
        values = {"messenger": messenger.value, "user_digest": self._vault.user_digest(user_id)}
        return self._accounts(self._statements.all(_OF_USER, values))

    def account_by_id(self, account_id: AccountId) -> Account | None:
        return self._account(self._statements.first(_BY_ACCOUNT, {"account_id": account_id}))

    def add_account(self, account: Account) -> None:
        self._statements.change(_ADD_ACCOUNT, account_values(account, self._vault))

    def put_account(self, account: Account) -> None:
        self._statements.change(_PUT_ACCOUNT, {"id": account.account_id, **account_values(account, self._vault)})

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        return self._accounts(self._statements.all(_OF_PERSON, {"person_id": person_id}))

    def by_phone(self, phone: Phone) -> Person | None:
        return self._person(self._statements.first(_BY_PHONE, {"line_digest": self._vault.line_digest(phone)}))

    def by_id(self, person_id: PersonId) -> Person | None:
        return self._person(self._statements.first(_BY_PERSON, {"person_id": person_id}))

    def add(self, person: Person) -> None:
        self._statements.change(_ADD_PERSON, person_values(person, self._vault))

    def put(self, person: Person) -> None:
        self._statements.change(_PUT_PERSON, {"id": person.person_id, **person_values(person, self._vault)})

    def remove(self, person_id: PersonId) -> None:
        self._statements.change(_REMOVE_PERSON, {"person_id": person_id})

    def _account(self, row: Row | None) -> Account | None:
        return None if row is None else read_account(row, self._vault)

    def _accounts(self, rows: Sequence[Row]) -> Sequence[Account]:
        return [read_account(row, self._vault) for row in rows]

    def _person(self, row: Row | None) -> Person | None:
        return None if row is None else read_person(row, self._vault)
