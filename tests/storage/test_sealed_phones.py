"""No phone stands in the file: not in its rows, not in its log, not in pages that were given up (faults 7.9)."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary

from core.entropy import SystemEntropy
from core.model.ids import AccountId, BotName, PersonId, Phone, SubscriptionId
from core.model.people.person import MessengerName, Person
from core.seal import Seal, SealBrokenError
from storage.errors import StorageFileError
from storage.revisions import HEAD, bring_up_to_date, current_revision
from storage.sealed import SEALED
from storage.sqlite.file import connect
from storage.sqlite.store import open_store
from storage.statements import Statements
from storage.tables.metadata import metadata
from storage.unit import SqlUnit
from storage.vault import Vault
from tests.storage.builders import NOW, TG, an_account
from tests.storage.former import PEOPLE, lay_down_former, phone_of
from tests.storage.key import SEAL

DIGESTS = {
    *("app_keys.digest", "one_time_codes.digest", "code_requests.digest", "requests.digest", "logins.session_digest"),
    *("logins.link_digest", "logins.typed_digest", "logins.code_digest"),
    *("accounts.user_digest", "persons.line_digest"),
}
LOGO = "logos.body"
WA = BotName("wa")


def octets_of(path: Path) -> bytes:
    """Return the database file, its log and whatever else lies beside it."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())


def holds_a_phone(path: Path) -> bool:
    """Tell whether any file holds the phone of any of the first, the last, or somebody between."""
    octets = octets_of(path)
    numbers = [phone_of(number).removeprefix("+").encode() for number in (0, 7, 999, 1000, 1234, PEOPLE - 1)]
    return any(number in octets for number in numbers)


def test_every_sealed_column_is_listed() -> None:
    """Whatever bytes the tables keep are sealed and listed, a digest, or a logo: none is forgotten by a new key."""
    kept = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    listed = {f"{each.table}.{each.column}" for each in SEALED}
    assert listed - kept == {"endpoints.formers"}
    assert kept - listed == {*DIGESTS, LOGO}


async def test_a_former_database_is_moved(path: Path) -> None:
    """Faults 7.9: everybody is found by phone and by user id as before, and no byte of any file tells a phone."""
    lay_down_former(path)
    assert holds_a_phone(path)
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        assert not holds_a_phone(path)
        for number in (0, 999, 1000, PEOPLE - 1):
            phone = Phone(phone_of(number))
            person = await store.read(lambda unit, phone=phone: unit.people.by_phone(phone))  # type: ignore[misc]
            account = await store.read(lambda unit, phone=phone: unit.people.account(WA, phone))  # type: ignore[misc]
            assert person == Person(PersonId(f"{number:024x}"), phone)
            assert account is not None
            assert (account.person_id, account.chat, account.phone) == (person.person_id, phone, phone)
            assert account.phone_verified_at == NOW
        subscription = await store.read(lambda unit: unit.subscriptions.by_id(SubscriptionId("s")))
        assert subscription is not None
        assert subscription.account_id == AccountId(f"{7:024x}")
    assert not holds_a_phone(path)


@pytest.mark.parametrize("moment", ["0", "1", "1000", "1500", "2499", "anew"])
def test_a_move_that_was_cut_off_goes_on(path: Path, moment: str) -> None:
    """Faults 7.9: killed (``kill -9``) at any moment of the move; the next start finishes it, and nothing is lost."""
    lay_down_former(path)
    killed = subprocess.run(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-m", "tests.storage.former", str(path), moment], cwd=Path(__file__).parents[2], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    if moment in {"1000", "1500"}:
        with closing(sqlite3.connect(path)) as database:
            done = database.execute("SELECT count(*) FROM accounts WHERE whereabouts IS NOT NULL").fetchone()
        assert done == (1000,)

    with closing(connect(path, lock_timeout=1.0)) as connection:
        bring_up_to_date(connection, SEAL)
        unit = SqlUnit(Statements(connection), Vault(SEAL))
        accounts = [unit.people.account(WA, phone_of(number)) for number in range(0, PEOPLE, 100)]
        assert [account and account.phone for account in accounts] == [phone_of(n) for n in range(0, PEOPLE, 100)]
    assert not holds_a_phone(path)
    with closing(sqlite3.connect(path)) as database:
        assert current_revision(database) == HEAD
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_somebody_who_reads_keeps_the_file_from_being_written_anew(path: Path) -> None:
    """The move is not called done while the log still holds phones for another process to read."""
    lay_down_former(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM persons").fetchone()
        with pytest.raises(StorageFileError):
            async with open_store(f"sqlite:///{path}", SEAL, lock_timeout=0.05):
                pass
    async with open_store(f"sqlite:///{path}", SEAL):
        pass
    assert not holds_a_phone(path)


def test_two_lines_are_two_people(unit: SqlUnit) -> None:
    """A line belongs to one person, as a user id belongs to one account of a bot: both by their digests."""
    ann, bob = Person(PersonId("1" * 24), Phone("+79990000001")), Person(PersonId("2" * 24), Phone("+79990000001"))
    unit.people.add(ann)
    with pytest.raises(sqlite3.IntegrityError):
        unit.people.add(bob)
    unit.people.add_account(an_account(1, ann.person_id))
    with pytest.raises(sqlite3.IntegrityError):
        unit.people.add_account(replace(an_account(2, ann.person_id), user_id="1"))


class _CountingSeal(Seal):
    """A seal that counts what it does."""

    def __init__(self) -> None:
        super().__init__(bytes(range(32)), SystemEntropy())
        self.done = 0

    def seal(self, plain: bytes, context: str) -> bytes:
        """Count, and seal."""
        self.done += 1
        return super().seal(plain, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Count, and open."""
        self.done += 1
        return super().open(sealed, context)


async def test_reading_an_account_often_opens_it_once(path: Path) -> None:
    """A login reads its account some times and writes it without a new phone: that is one opening, and no sealing."""
    account = replace(an_account(1, PersonId("1" * 24)), phone=Phone("+79990000001"))
    async with open_store(f"sqlite:///{path}", SEAL) as store:
        await store.write(lambda unit: unit.people.add(Person(account.person_id)))
        await store.write(lambda unit: unit.people.add_account(account))
    seal = _CountingSeal()
    async with open_store(f"sqlite:///{path}", seal) as store:
        for _ in range(5):
            found = await store.write(lambda unit: unit.people.account(TG, "1"))
            assert found is not None
            assert found.phone == account.phone
            spoke = replace(found, spoke_at=NOW)
            await store.write(lambda unit, spoke=spoke: unit.people.put_account(spoke))  # type: ignore[misc]
    assert seal.done == 1


def test_what_is_remembered_is_bounded_and_belongs_to_its_row() -> None:
    """The vault forgets the oldest, and opens nothing that was sealed for another account."""
    vault = Vault(SEAL)
    first = vault.seal_whereabouts(AccountId("0"), ("+1", "+1", None))
    for number in range(1, 5000):
        vault.seal_whereabouts(AccountId(str(number)), ("+1", "+1", None))
    assert vault.seal_whereabouts(AccountId("0"), ("+1", "+1", None)) != first
    assert vault.open_whereabouts(AccountId("0"), first) == ("+1", "+1", None)
    with pytest.raises(SealBrokenError):
        vault.open_whereabouts(AccountId("1"), first)


def test_a_user_of_one_messenger_is_none_of_another(unit: SqlUnit) -> None:
    """The same id at two messengers is two users, though its digest is one."""
    unit.people.add(Person(PersonId("1" * 24)))
    unit.people.add_account(an_account(1, PersonId("1" * 24)))
    assert len(unit.people.accounts_of_user(MessengerName.TELEGRAM, "1")) == 1
    assert unit.people.accounts_of_user(MessengerName.MAX, "1") == []
