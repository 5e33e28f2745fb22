"""People and their accounts as rows; the subscriptions of an account are in ``subscriptions``."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, select

from core.model.ids import AccountId, BotName, PersonId, Phone
from core.model.people.person import Account, MessengerName, Person
from storage.rows import RowMapper
from storage.statements import Statements, insert_all, update_all
from storage.tables.people import accounts, persons

ACCOUNT: Final = RowMapper(accounts, Account)
_PERSON: Final = RowMapper(persons, Person)
_BY_USER: Final = select(*ACCOUNT.columns).where(
    accounts.c.bot == bindparam("bot"), accounts.c.user_id == bindparam("user_id")
)
_OF_USER: Final = (
    select(*ACCOUNT.columns)
    .where(accounts.c.messenger == bindparam("messenger"), accounts.c.user_id == bindparam("user_id"))
    .order_by(accounts.c.account_id)
)
_BY_ACCOUNT: Final = select(*ACCOUNT.columns).where(accounts.c.account_id == bindparam("account_id"))
_OF_PERSON: Final = (
    select(*ACCOUNT.columns).where(accounts.c.person_id == bindparam("person_id")).order_by(accounts.c.account_id)
)
_ADD_ACCOUNT: Final = insert_all(accounts)
_PUT_ACCOUNT: Final = update_all(accounts, but_for=("account_id",)).where(accounts.c.account_id == bindparam("id"))
_BY_PHONE: Final = select(*_PERSON.columns).where(persons.c.phone == bindparam("phone"))
_BY_PERSON: Final = select(*_PERSON.columns).where(persons.c.person_id == bindparam("person_id"))
_ADD_PERSON: Final = insert_all(persons)
_PUT_PERSON: Final = update_all(persons, but_for=("person_id",)).where(persons.c.person_id == bindparam("id"))
_REMOVE_PERSON: Final = delete(persons).where(persons.c.person_id == bindparam("person_id"))


class SqlPeople:
    """``core.ports.people.PeopleRepository`` in one transaction; an account is one user of one bot."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def account(self, bot: BotName, user_id: str) -> Account | None:
        return ACCOUNT.read_or_none(self._statements.first(_BY_USER, {"bot": bot, "user_id": user_id}))

    def accounts_of_user(self, messenger: MessengerName, user_id: str) -> Sequence[Account]:
        rows = self._statements.all(_OF_USER, {"messenger": messenger.value, "user_id": user_id})
        return [ACCOUNT.read(row) for row in rows]

    def account_by_id(self, account_id: AccountId) -> Account | None:
        return ACCOUNT.read_or_none(self._statements.first(_BY_ACCOUNT, {"account_id": account_id}))

    def add_account(self, account: Account) -> None:
        self._statements.change(_ADD_ACCOUNT, ACCOUNT.values(account))

    def put_account(self, account: Account) -> None:
        self._statements.change(_PUT_ACCOUNT, {"id": account.account_id, **ACCOUNT.values(account)})

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        return [ACCOUNT.read(row) for row in self._statements.all(_OF_PERSON, {"person_id": person_id})]

    def by_phone(self, phone: Phone) -> Person | None:
        return _PERSON.read_or_none(self._statements.first(_BY_PHONE, {"phone": phone}))

    def by_id(self, person_id: PersonId) -> Person | None:
        return _PERSON.read_or_none(self._statements.first(_BY_PERSON, {"person_id": person_id}))

    def add(self, person: Person) -> None:
        self._statements.change(_ADD_PERSON, _PERSON.values(person))

    def put(self, person: Person) -> None:
        self._statements.change(_PUT_PERSON, {"id": person.person_id, **_PERSON.values(person)})

    def remove(self, person_id: PersonId) -> None:
        self._statements.change(_REMOVE_PERSON, {"person_id": person_id})
