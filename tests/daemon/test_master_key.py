"""``gatepost keys rotate-master``: whatever is sealed is sealed anew, and no step can lose a key (faults 4.5, 7.9)."""

import asyncio
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.entropy import SystemEntropy
from core.model.ids import AccountId, BotName, PersonId, Phone
from core.model.people.person import Account, MessengerName, Person
from core.seal import Seal, SealBrokenError
from daemon.master_key import read_key
from daemon.messengers import load
from daemon.wiring import open_admin
from storage.sealed import SEALED
from tests.daemon.conftest import CREATE, Run
from tests.storage.builders import NOW

PHONE = Phone("+79991234567")
STEPS = ("new", "copy", "sealing", "sealed", "anew")


@pytest.fixture
def key(run: Run, config: Path, tmp_path: Path) -> Path:
    """Fill a database with signing keys, an app, a person and their account; return the file of its key."""
    run("keys", "rotate")
    run(*CREATE)
    person = Person(PersonId("1" * 24), PHONE)
    account = Account(
        account_id=AccountId("2" * 24),
        person_id=person.person_id,
        bot=BotName("tg"),
        messenger=MessengerName.TELEGRAM,
        user_id="1",
        chat="1",
        phone=PHONE,
        reachable_since=NOW,
    )

    async def fill() -> None:
        async with open_admin(load(config)) as admin:
            await admin.store.write(lambda unit: unit.people.add(person))
            await admin.store.write(lambda unit: unit.people.add_account(account))

    asyncio.run(fill())
    return tmp_path / "gatepost.key"


def sealed_in(path: Path) -> Iterator[tuple[bytes, str]]:
    """Yield all that is sealed in the file, and for what."""
    with closing(sqlite3.connect(path)) as database:
        for each in SEALED:
            if each.column != "formers":
                columns = ", ".join((each.column, *each.identity))
                for sealed, *identity in database.execute(f"SELECT {columns} FROM {each.table}"):  # noqa: S608
                    if sealed:
                        yield sealed, each.context(*identity)


def opened(path: Path, key: bytes) -> list[bool]:
    """Tell of each sealed value in the file whether it opens under a key."""
    seal, answers = Seal(key, SystemEntropy()), []
    for sealed, context in sealed_in(path):
        try:
            seal.open(sealed, context)
        except SealBrokenError:
            answers.append(False)
        else:
            answers.append(True)
    return answers


async def _phone(config: Path) -> tuple[Phone | None, Phone | None]:
    async with open_admin(load(config)) as admin:
        person = await admin.store.read(lambda unit: unit.people.by_phone(PHONE))
        account = await admin.store.read(lambda unit: unit.people.account(BotName("tg"), "1"))
        return (person.phone if person else None, account.phone if account else None)


def test_everything_opens_under_the_new_key_alone(run: Run, config: Path, tmp_path: Path, key: Path) -> None:
    """People are found as before, and the former key, which stays as a copy, opens nothing in any page of the file."""
    former, database = read_key(key), tmp_path / "gatepost.db"
    before = [sealed for sealed, _ in sealed_in(database)]

    said = run("keys", "rotate-master")

    assert said.status == 0, said.err
    assert read_key(key) != former
    assert read_key(tmp_path / "gatepost.key.old") == former
    assert "gatepost.key.old is the former key" in re.sub(r"\s+", " ", said.out)
    assert not (tmp_path / "gatepost.key.new").exists()
    assert set(opened(database, read_key(key))) == {True}
    assert set(opened(database, former)) == {False}
    octets = database.read_bytes()
    assert not [sealed for sealed in before if sealed in octets]
    assert asyncio.run(_phone(config)) == (PHONE, PHONE)
    assert run("check-config").status == 0


@pytest.mark.parametrize("moment", STEPS)
def test_a_change_that_was_cut_off_goes_on(run: Run, config: Path, tmp_path: Path, key: Path, moment: str) -> None:
    """Killed (``kill -9``) at any step: nothing starts on a key that is not the one, and running it again ends it."""
    former, database = read_key(key), tmp_path / "gatepost.db"
    killed = subprocess.run(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-m", "tests.daemon.dying_change", str(config), moment],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    between = run("app", "list")
    if moment in {"sealed", "anew"}:
        assert between.status == 78
        assert "Run 'gatepost keys rotate-master' again" in between.err
    else:
        assert between.status == 0

    again = run("keys", "rotate-master")

    assert again.status == 0, again.err
    assert read_key(tmp_path / "gatepost.key.old") == former
    assert not (tmp_path / "gatepost.key.new").exists()
    assert set(opened(database, read_key(key))) == {True}
    assert set(opened(database, former)) == {False}
    assert asyncio.run(_phone(config)) == (PHONE, PHONE)


def test_a_key_is_changed_again(run: Run, config: Path, tmp_path: Path, key: Path) -> None:
    """Only when the former copy is out of the way, which is said."""
    run("keys", "rotate-master")
    refused = run("keys", "rotate-master")
    assert refused.status == 78
    assert "gatepost.key.old is the key before this one" in refused.err
    (tmp_path / "gatepost.key.old").unlink()
    assert run("keys", "rotate-master").status == 0
    assert set(opened(tmp_path / "gatepost.db", read_key(key))) == {True}
    assert asyncio.run(_phone(config)) == (PHONE, PHONE)


def test_a_database_that_is_open_is_left_alone(run: Run, config: Path, tmp_path: Path, key: Path) -> None:
    """A daemon would go on under the former key: the command says to stop it, and changes nothing that counts."""
    former = read_key(key)

    async def beside() -> None:
        async with open_admin(load(config)):
            refused = await asyncio.to_thread(run, "keys", "rotate-master")
            assert refused.status == 78
            assert "is open in another process: stop the daemon" in refused.err

    asyncio.run(beside())
    assert read_key(key) == former
    assert set(opened(tmp_path / "gatepost.db", former)) == {True}
    assert run("keys", "rotate-master").status == 0


def test_a_key_in_the_settings_is_not_changed(run: Run, config: Path, key: Path) -> None:
    """No command writes settings: it says how to bring the key into a file."""
    config.write_text(f'{config.read_text()}\n[security]\nkey = "{read_key(key).hex()}"\n')
    refused = run("keys", "rotate-master")
    assert refused.status == 78
    assert "name that as security.key_file" in refused.err


@pytest.mark.usefixtures("key")
def test_what_opened_under_no_key_stays(run: Run, tmp_path: Path) -> None:
    """One damaged value keeps nobody from changing the key; that it is there is said."""
    with closing(sqlite3.connect(tmp_path / "gatepost.db")) as database, database:
        database.execute("UPDATE persons SET line = x'01020304'")
    said = run("keys", "rotate-master")
    assert said.status == 0
    assert "1 values opened under no key" in said.out
