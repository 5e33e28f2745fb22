"""A small town: the whole program, emulated messengers, and what a site and its visitors do there, all over HTTP.

Every part is real but the platform; ``Town`` is what tests drive it with.
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import aiohttp

from core.clock import Clock, SystemClock
from core.entropy import SystemEntropy
from core.model.apps.app import App, MatchPolicy
from core.model.ids import BotName
from daemon.messengers import Settings, parse
from daemon.run import Running, running
from daemon.webhooks import hook_address, verify_token
from emulator import Emulator, serve
from emulator.emulator import PersonDetails
from emulator.people import Person
from emulator.telegram.model import Message
from tests.ports import free_port
from tests.storage.migrated import lay_down
from tests.stories.handsets import BOTS, TOKENS, Handset, bot_settings, move_in
from tests.waiting import PATIENCE, patience

BOT = BOTS["telegram"]
TOKEN = TOKENS["telegram"]
SITE = "https://shop.example.com"
RETURN_URL = f"{SITE}/callback?from=login"

Json = dict[str, Any]


@dataclass
class Town:
    """A site (``app``), a daemon (``daemon``), a browser (``browser``), and Telegram with what else is emulated."""

    telegram: Emulator
    daemon: Running
    app: App
    browser: aiohttp.ClientSession
    url: str
    folder: Path

    async def create(self, **wishes: object) -> Json:
        """Start a login as the site's page does, with a match number unless told otherwise."""
        body = {"app_id": self.app.app_id, "locale": "en", "return_url": RETURN_URL, "match": True, **wishes}
        async with self.browser.post(f"{self.url}/api/v1/auth/session", json=body, headers={"Origin": SITE}) as answer:
            session: Json = await answer.json()
            assert answer.status == 200, session
            return session

    async def ask_for_numbers(self, policy: MatchPolicy) -> None:
        """Let the operator say which logins of the town's app need the number on the page."""
        apps = self.daemon.services.apps
        self.app = await apps.change(replace(await apps.find(self.app.app_id), match_policy=policy))

    async def poll(self, session: Json, **query: str) -> Json:
        """Ask how a login stands."""
        async with self.browser.get(f"{self.url}/api/v1/auth/session/{session['session_id']}", params=query) as answer:
            state: Json = await answer.json()
            assert answer.status == 200, state
            return state

    def handset(self, messenger: str) -> Handset:
        """Return a messenger as people have it on their phones."""
        return Handset(messenger, self.telegram)

    def visitor(self, **details: Unpack[PersonDetails]) -> Person:
        """Let somebody move in who has Telegram on their phone."""
        known: PersonDetails = {"first_name": "Anna", "last_name": "Petrova", "username": "anna"}
        known.update(details)
        return self.telegram.add_person(**known)

    async def open(self, person: Person, session: Json) -> Message:
        """Open the login's link, press START, and return what the bot says."""
        before = self.telegram.chat(person, BOT).last_from_bot
        self.telegram.open_link(person, session["links"]["telegram"])
        return await self.telegram.wait_for_message(person, BOT, after=before, within=PATIENCE)

    async def share(self, person: Person) -> Message:
        """Share the person's own contact; return the question that follows the thanks."""
        before = self.telegram.chat(person, BOT).last_from_bot
        self.telegram.share_contact(person, BOT)
        thanks = await self.telegram.wait_for_message(person, BOT, after=before, within=PATIENCE)
        return await self.telegram.wait_for_message(person, BOT, after=thanks.id, within=PATIENCE)

    async def ask(self, person: Person, session: Json) -> Message:
        """Open the link and do what it takes to be asked for the number."""
        said = await self.open(person, session)
        return said if said.inline_keyboard else await self.share(person)

    async def tap(self, person: Person, button: str) -> Json:
        """Tap a button of the newest prompt, see its message change, and return the bot's answer to the tap."""
        tap = self.telegram.tap(person, BOT, button)
        chat = self.telegram.chat(person, BOT)
        answer = await self.telegram.wait_for_answer(tap, within=PATIENCE)
        assert answer is not None
        while chat.messages[tap.message_id].inline_keyboard:
            before = chat.revision
            await self.telegram.wait_for_change(person, BOT, revision=before, within=PATIENCE)
            assert chat.revision > before, "the message kept its buttons"
        return answer

    async def log_in(self, person: Person, **wishes: object) -> Json:
        """Log the person in up to the confirmation, and return the session."""
        session = await self.create(**wishes)
        await self.ask(person, session)
        await self.tap(person, str(session.get("match_number", "Log in")))
        return session

    def count_logins(self) -> int:
        """Return how many logins the database holds, as another program would see it."""
        with closing(sqlite3.connect(self.folder / "gatepost.db")) as database:
            return int(database.execute("SELECT count(*) FROM logins").fetchone()[0])

    def newest(self, person: Person) -> Message:
        """Return the newest message of the bot to the person."""
        chat = self.telegram.chat(person, BOT)
        return chat.messages[chat.last_from_bot]


@asynccontextmanager
async def town(
    folder: Path,
    clock: Clock | None = None,
    outage: int | None = None,
    messengers: Sequence[str] = ("telegram",),
    **changes: Json,
) -> AsyncIterator[Town]:
    """Build a town; ``outage`` is what Telegram answers from the start, ``changes`` are settings by section.

    ``bot`` are those of the first bot, ``max_bot`` and the like those of a messenger's.
    """
    async with AsyncExitStack() as parts:
        telegram, telegram_url = await parts.enter_async_context(emulated_telegram())
        telegram.outage(outage)
        settings = town_settings(folder, telegram_url, messengers, **changes)
        daemon = await parts.enter_async_context(running(settings, clock or SystemClock(), SystemEntropy()))
        app = await site_app(daemon)
        browser = await parts.enter_async_context(aiohttp.ClientSession())
        if "whatsapp" in messengers:
            await enter_webhook(telegram, daemon)
        yield Town(telegram, daemon, app, browser, f"http://127.0.0.1:{daemon.port}", folder)


async def enter_webhook(emulator: Emulator, daemon: Running) -> None:
    """Do what the operator does in Meta's dashboard: enter the webhook's address and verify token."""
    async with patience():
        await daemon.keepers.reached()
    seal, bot = daemon.services.seal, BotName("wa")
    address = hook_address(f"http://127.0.0.1:{daemon.port}", seal, bot)
    await emulator.whatsapp.subscribe(BOTS["whatsapp"], address, verify_token(seal, bot))


@asynccontextmanager
async def emulated_telegram() -> AsyncIterator[tuple[Emulator, str]]:
    """Run the emulated messengers with the town's bots; return them and their address."""
    telegram = Emulator()
    move_in(telegram)
    async with serve(telegram) as url:
        yield telegram, url


def buttons(message: Message) -> list[list[Json]]:
    """Return the rows of buttons below a message; there must be some."""
    assert message.inline_keyboard
    return message.inline_keyboard


def town_settings(
    folder: Path, telegram_url: str, messengers: Sequence[str] = ("telegram",), **changes: Json
) -> Settings:
    """Return the daemon's settings: a port of its choice, an empty file in ``folder``, the emulated messengers.

    MAX calls the daemon, so where it is among them the port is known before.
    """
    lay_down(folder / "gatepost.db")
    raw: dict[str, Any] = {
        "http": {"public_url": "https://id.example.com", "listen": "127.0.0.1:0"},
        "storage": {"url": f"sqlite:///{folder}/gatepost.db"},
        "limits": {"logins_per_minute_per_address": 0},
        "bots": [bot_settings(telegram_url, messenger) for messenger in messengers],
    }
    if "max" in messengers:
        address = f"127.0.0.1:{free_port()}"
        raw["http"] = {"public_url": f"http://{address}", "listen": address}
    raw["bots"][0].update(changes.pop("bot", {}))
    for bot in raw["bots"]:
        bot.update(changes.pop(f"{bot['messenger']}_bot", {}))
    for section, keys in changes.items():
        raw.setdefault(section, {}).update(keys)
    return parse(raw)


async def site_app(daemon: Running) -> App:
    """Return the town's site, registering it the first time, once its bot is up."""
    apps = daemon.services.apps
    known = await apps.list_all()
    if known:
        return known[0]
    app = replace(apps.draft("shop", "Teapot & Co."), origins=(SITE,), redirect_url=f"{SITE}/")
    await apps.create(app)
    return app
