"""Rows of accounts and people: phones and what may be one are sealed in them, and read in clear."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.model.ids import AccountId, BotName, PersonId
from core.model.people.person import Account, MessengerName, Person
from storage.rows import RowMapper
from storage.statements import Row
from storage.tables.people import accounts, persons
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptAccount:
    """An ``Account`` as it is kept: ``whereabouts`` are its user id, chat and phone, sealed."""

    account_id: AccountId
    person_id: PersonId
    bot: BotName
    messenger: MessengerName
    user_digest: bytes
    whereabouts: bytes
    language: str | None
    told_language: str | None
    phone_verified_at: datetime | None
    contact_asked_at: datetime | None
    spoke_at: datetime | None
    reachable: bool
    reachable_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeptPerson:
    """A ``Person`` as it is kept: the line is sealed."""

    person_id: PersonId
    line_digest: bytes | None
    line: bytes | None


ACCOUNT: Final = RowMapper(accounts, _KeptAccount)
"""The columns of an account; ``read_account`` reads them."""
PERSON: Final = RowMapper(persons, _KeptPerson)


def read_account(row: Row, vault: Vault) -> Account:
    """Return the account that a row of ``ACCOUNT.columns`` holds."""
    kept = ACCOUNT.read(row)
    user_id, chat, phone = vault.open_whereabouts(kept.account_id, kept.whereabouts)
    return Account(
        account_id=kept.account_id,
        person_id=kept.person_id,
        bot=kept.bot,
        messenger=kept.messenger,
        user_id=user_id,
        chat=chat,
        language=kept.language,
        told_language=kept.told_language,
        phone=phone,
        phone_verified_at=kept.phone_verified_at,
        contact_asked_at=kept.contact_asked_at,
        spoke_at=kept.spoke_at,
        reachable=kept.reachable,
        reachable_since=kept.reachable_since,
    )


def account_values(account: Account, vault: Vault) -> Mapping[str, object]:
    """Return what to write of an account, by the columns' keys."""
    whereabouts = (account.user_id, account.chat, account.phone)
    return ACCOUNT.values(
        _KeptAccount(
            account_id=account.account_id,
            person_id=account.person_id,
            bot=account.bot,
            messenger=account.messenger,
            user_digest=vault.user_digest(account.user_id),
            whereabouts=vault.seal_whereabouts(account.account_id, whereabouts),
            language=account.language,
            told_language=account.told_language,
            phone_verified_at=account.phone_verified_at,
            contact_asked_at=account.contact_asked_at,
            spoke_at=account.spoke_at,
            reachable=account.reachable,
            reachable_since=account.reachable_since,
        )
    )


def read_person(row: Row, vault: Vault) -> Person:
    """Return the person that a row of ``PERSON.columns`` holds."""
    kept = PERSON.read(row)
    return Person(kept.person_id, None if kept.line is None else vault.open_line(kept.person_id, kept.line))


def person_values(person: Person, vault: Vault) -> Mapping[str, object]:
    """Return what to write of a person, by the columns' keys."""
    if person.phone is None:
        return PERSON.values(_KeptPerson(person_id=person.person_id, line_digest=None, line=None))
    sealed = vault.seal_line(person.person_id, person.phone)
    return PERSON.values(
        _KeptPerson(person_id=person.person_id, line_digest=vault.line_digest(person.phone), line=sealed)
    )
