"""People and their accounts as rows; what they subscribed to is ``subscriptions``."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from core.model.ids import AccountId, BotName, PersonId, Phone
from core.model.people.person import Account, MessengerName, Person
from storage.errors import ImpossibleRowError
from storage.statements import Row, Statements
from storage.tables.people import accounts, persons
from storage.upsert import insert_all
from storage.values import from_ms, from_ms_or_none, to_ms, to_ms_or_none

ACCOUNT: Final = (
    accounts.c.account_id,
    accounts.c.person_id,
    accounts.c.bot,
    accounts.c.messenger,
    accounts.c.user_id,
    accounts.c.chat,
    accounts.c.language,
    accounts.c.phone,
    accounts.c.phone_verified_at,
    accounts.c.contact_asked_at,
    accounts.c.spoke_at,
    accounts.c.told_language,
    accounts.c.reachable,
    accounts.c.reachable_since,
)

_BY_USER: Final = select(*ACCOUNT).where(accounts.c.bot == bindparam("bot"), accounts.c.user_id == bindparam("user_id"))
_OF_USER: Final = (
    select(*ACCOUNT)
    .where(accounts.c.messenger == bindparam("messenger"), accounts.c.user_id == bindparam("user_id"))
    .order_by(accounts.c.account_id)
)
_BY_ACCOUNT: Final = select(*ACCOUNT).where(accounts.c.account_id == bindparam("account_id"))
_OF_PERSON: Final = (
    select(*ACCOUNT).where(accounts.c.person_id == bindparam("person_id")).order_by(accounts.c.account_id)
)
_ADD_ACCOUNT: Final = insert_all(accounts)
_PUT_ACCOUNT: Final = (
    update(accounts)
    .where(accounts.c.account_id == bindparam("account_id_"))
    .values({column: bindparam(column.name) for column in ACCOUNT[1:]})
)
_BY_PHONE: Final = select(persons.c.person_id, persons.c.phone).where(persons.c.phone == bindparam("phone"))
_BY_PERSON: Final = select(persons.c.person_id, persons.c.phone).where(persons.c.person_id == bindparam("person_id"))
_ADD_PERSON: Final = insert_all(persons)
_PUT_PERSON: Final = (
    update(persons).where(persons.c.person_id == bindparam("person_id_")).values(phone=bindparam("phone"))
)
_REMOVE_PERSON: Final = delete(persons).where(persons.c.person_id == bindparam("person_id"))


class SqlPeople:
    """``core.ports.people.PeopleRepository`` in one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def account(self, bot: BotName, user_id: str) -> Account | None:
        row = self._statements.first(_BY_USER, {"bot": bot, "user_id": user_id})
        return None if row is None else to_account(row)

    def accounts_of_user(self, messenger: MessengerName, user_id: str) -> Sequence[Account]:
        rows = self._statements.all(_OF_USER, {"messenger": messenger.value, "user_id": user_id})
        return [to_account(row) for row in rows]

    def account_by_id(self, account_id: AccountId) -> Account | None:
        row = self._statements.first(_BY_ACCOUNT, {"account_id": account_id})
        return None if row is None else to_account(row)

    def add_account(self, account: Account) -> None:
        self._statements.change(_ADD_ACCOUNT, {"account_id": account.account_id, **_account_values(account)})

    def put_account(self, account: Account) -> None:
        self._statements.change(_PUT_ACCOUNT, {"account_id_": account.account_id, **_account_values(account)})

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        return [to_account(row) for row in self._statements.all(_OF_PERSON, {"person_id": person_id})]

    def by_phone(self, phone: Phone) -> Person | None:
        row = self._statements.first(_BY_PHONE, {"phone": phone})
        return None if row is None else Person(*row)

    def by_id(self, person_id: PersonId) -> Person | None:
        row = self._statements.first(_BY_PERSON, {"person_id": person_id})
        return None if row is None else Person(*row)

    def add(self, person: Person) -> None:
        self._statements.change(_ADD_PERSON, {"person_id": person.person_id, "phone": person.phone})

    def put(self, person: Person) -> None:
        self._statements.change(_PUT_PERSON, {"person_id_": person.person_id, "phone": person.phone})

    def remove(self, person_id: PersonId) -> None:
        self._statements.change(_REMOVE_PERSON, {"person_id": person_id})


def to_account(row: Row) -> Account:
    """Return the account that a row of ``ACCOUNT`` holds."""
    (
        account_id,
        person_id,
        bot,
        messenger,
        user_id,
        chat,
        language,
        phone,
        verified_at,
        asked_at,
        spoke_at,
        told,
        reachable,
        since,
    ) = row
    if messenger not in _MESSENGERS:
        raise ImpossibleRowError("accounts", account_id, f"messenger {messenger!r}")
    return Account(
        account_id=account_id,
        person_id=person_id,
        bot=bot,
        messenger=_MESSENGERS[messenger],
        user_id=user_id,
        chat=chat,
        language=language,
        phone=phone,
        phone_verified_at=from_ms_or_none(verified_at),
        contact_asked_at=from_ms_or_none(asked_at),
        spoke_at=from_ms_or_none(spoke_at),
        told_language=told,
        reachable=bool(reachable),
        reachable_since=from_ms(since),
    )


_MESSENGERS: Final = {name.value: name for name in MessengerName}


def _account_values(account: Account) -> dict[str, object]:
    return {
        "person_id": account.person_id,
        "bot": account.bot,
        "messenger": account.messenger.value,
        "user_id": account.user_id,
        "chat": account.chat,
        "language": account.language,
        "phone": account.phone,
        "phone_verified_at": to_ms_or_none(account.phone_verified_at),
        "contact_asked_at": to_ms_or_none(account.contact_asked_at),
        "spoke_at": to_ms_or_none(account.spoke_at),
        "told_language": account.told_language,
        "reachable": account.reachable,
        "reachable_since": to_ms(account.reachable_since),
    }
