"""Nouns for the tests of the storage, with whatever a test does not care about filled in."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.model.apps.app import App
from core.model.ids import AccountId, AppId, BotName, LoginId, PersonId
from core.model.login.login import Asked, Claim, Confirmed, Pending, RequestOrigin
from core.model.messages.message import Update
from core.model.people.person import Account, MessengerName
from core.ports.store import Unit

NOW = datetime(2025, 6, 1, 12, 0, 0, 123_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
APP_ID = AppId("a" * 24)
TG = BotName("tg")


def an_app(app_id: AppId = APP_ID, slug: str = "shop") -> App:
    """Make an app."""
    return App(app_id=app_id, slug=slug, name="Shop", origins=("https://shop.example",), bots=(TG,), created_at=NOW)


def asked(number: int, expires_at: datetime = NOW + 5 * MINUTE) -> Asked:
    """Make what a site asked for; ``number`` makes it another's."""
    return Asked(
        login_id=LoginId(f"{number:024x}"),
        app_id=APP_ID,
        session_digest=b"session %d" % number,
        link_digest=b"link %d" % number,
        user_code_digest=b"typed %d" % number,
        created_at=NOW + number * timedelta(milliseconds=1),
        expires_at=expires_at,
        origin="https://shop.example",
        place=RequestOrigin("192.0.2.0/24", "Firefox", "Linux"),
    )


def a_claim(number: int = 1) -> Claim:
    """Make a claim by the account with this number."""
    return Claim(AccountId(f"{number:024x}"), NOW)


def claimed(before: Pending, number: int = 1) -> Pending:
    """Let the account with this number hold the login."""
    return Pending(before.asked, a_claim(number))


def confirmed(before: Pending) -> Confirmed:
    """Say yes."""
    return Confirmed(before.asked, before.claim or a_claim(), NOW + MINUTE, PersonId("p" * 24), b"sealed profile")


def an_account(number: int, person_id: PersonId, bot: BotName = TG) -> Account:
    """Make a Telegram account."""
    return Account(
        account_id=AccountId(f"{number:024x}"),
        person_id=person_id,
        bot=bot,
        messenger=MessengerName.TELEGRAM,
        user_id=str(number),
        chat=str(number),
        reachable_since=NOW,
    )


def take(unit: Unit, key: str, body: bytes = b"sealed") -> bool:
    """Put an update into the inbox: the smallest thing a unit can write."""
    return unit.inbox.take(Update(TG, key, b""), body, NOW)


def kept(unit: Unit) -> list[str]:
    """List the keys of what is in the inbox."""
    return [key for key, _ in unit.inbox.waiting(TG, None, 10_000)]


async def turn() -> None:
    """Let all tasks that can run do so until they wait, so that they stand in the store's queue."""
    for _ in range(3):
        await asyncio.sleep(0)


@asynccontextmanager
async def busy_writer(path: Path) -> AsyncIterator[None]:
    """Keep the writer waiting for another connection; what is asked for meanwhile becomes one batch."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
