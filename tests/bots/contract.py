"""What each messenger's stand-in must offer so that the contract suite can be run against its adapter.

A new messenger joins by a line of its own in ``LINES``.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from bots.max.adapter import Max, MaxSettings
from bots.max.webhook import Webhook
from bots.telegram.adapter import Telegram, TelegramSettings
from bots.whatsapp.adapter import WhatsApp, WhatsAppSettings
from core.errors import GatepostError
from core.model.ids import BotName
from core.ports.messengers import Messenger, Take, TryLater
from emulator import Emulator
from emulator.faults import WEBHOOK
from emulator.people import Person
from tests.stories.handsets import APP_SECRET, BOTS, PHONE_NUMBER_ID, TOKENS, Handset
from tests.stories.town import emulated_telegram

_START = (
    b'{"update_id": 5, "message": {"message_id": 1, "date": 1, "text": "/start x", "chat": %s,'
    b' "from": {"id": 5, "is_bot": %s, "first_name": "A"}}}'
)
_MAX_MESSAGE = (
    b'{"update_type": "message_created", "timestamp": 1763700000000, "message": {"timestamp": 1763700000000,'
    b' "sender": {"user_id": 5, "first_name": "A", "is_bot": %s}, "recipient": {"chat_type": "%s", "chat_id": -5},'
    b' "body": {"mid": "mid.1", "seq": 1, "text": "hello"}}}'
)
_WHATSAPP_MESSAGE = (
    b'{"message": {"id": "wamid.1", "from": "79991234567", "timestamp": "1763700000", %s}, "contact": {}}'
)
VERIFY_TOKEN = "the-verify-token-of-the-tests"


@dataclass
class Hook:
    """A door for webhooks, as the daemon's: what is not kept is answered with 503 and comes again."""

    messenger: Messenger | None = None
    take: Take | None = None
    statuses: list[int] = field(default_factory=list)

    async def post(self, request: web.Request) -> web.Response:
        """Take what was posted."""
        assert self.messenger is not None
        status = 200
        if self.take is None:
            return web.Response(status=503)
        try:
            await self.messenger.accept(request.headers, await request.read(), self.take)
        except TryLater:
            status = 503
        except GatepostError:
            status = 401
        self.statuses.append(status)
        return web.Response(status=status)

    async def get(self, request: web.Request) -> web.Response:
        """Answer whether the door is ours."""
        assert self.messenger is not None
        return web.Response(text=self.messenger.greet(request.query))


@dataclass
class Line:
    """An adapter, its emulated platform, and somebody with a phone.

    ``sending`` and ``receiving`` are what the platform calls the two directions, for faults; ``repeats_after`` is after
    how many seconds it brings again what it could not (0 = it is asked). ``another`` makes a second adapter for the
    bot, told where the platform is and how many seconds an answer may take.
    """

    messenger: Messenger
    another: Callable[[str, float], Messenger]
    url: str
    handset: Handset
    person: Person
    secret: str
    sending: str
    receiving: str
    meaningless: tuple[bytes, ...]
    broken: bytes
    hook: Hook
    too_long: str
    pauses: Mapping[str, float] = field(default_factory=dict)
    repeats_after: float = 0.0

    @property
    def platform(self) -> Emulator:
        """The emulated platforms."""
        return self.handset.emulator

    def link(self, code: str) -> str:
        """Return the deep link that hands the code over."""
        bot = self.handset.bot
        match self.handset.messenger:
            case "telegram":
                return f"https://t.me/{bot}?start={code}"
            case "max":
                return f"https://max.ru/{bot}?start={code}"
            case "whatsapp":
                return f"https://wa.me/{bot}?text=Log%20me%20in%3A%20{code}"
            case other:
                raise NotImplementedError(other)


@dataclass
class Notebook:
    """An adapter's note."""

    note: str | None = None

    async def recall(self) -> str | None:
        """Return the note."""
        return self.note

    async def remember(self, note: str) -> None:
        """Keep the note."""
        self.note = note


@asynccontextmanager
async def _ground() -> AsyncIterator[tuple[Emulator, str, aiohttp.ClientSession, Hook, str]]:
    """Run the platforms, a session to call them with, and a door for what they post."""
    hook = Hook()
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/hook", hook.post)
    app.router.add_get("/hook", hook.get, allow_head=False)
    runner = web.AppRunner(app)
    await runner.setup()
    door = web.TCPSite(runner, "127.0.0.1", 0)
    await door.start()
    try:
        async with emulated_telegram() as (platform, url), aiohttp.ClientSession() as session:
            yield platform, url, session, hook, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def telegram_line() -> AsyncIterator[Line]:
    """Connect the Telegram adapter to an emulated Telegram."""
    async with _ground() as (platform, url, session, hook, _):

        def adapter(base: str, seconds: float) -> Messenger:
            settings = TelegramSettings(
                bot=BotName("tg"), token=TOKENS["telegram"], api_base=base, answer_seconds=seconds
            )
            return Telegram(settings, session)

        yield Line(
            messenger=adapter(url, 10),
            another=adapter,
            url=url,
            handset=Handset("telegram", platform),
            person=platform.add_person(first_name="Anna"),
            secret=TOKENS["telegram"],
            sending="sendMessage",
            receiving="getUpdates",
            meaningless=(
                b'{"update_id": 5}',
                b'{"update_id": 5, "something_new": {}}',
                _START % (b'{"id": -5, "type": "group"}', b"false"),
                _START % (b'{"id": 5, "type": "private"}', b"true"),
            ),
            broken=b'{"update_id": 5, "message": {"message_id": "x"}}',
            hook=hook,
            too_long="a" * 65,
            pauses={"asked": 7},
        )


@asynccontextmanager
async def max_line(*, polls: bool) -> AsyncIterator[Line]:
    """Connect the MAX adapter to an emulated MAX, in one of its two ways."""
    async with _ground() as (platform, url, session, hook, door):
        webhook = None if polls else Webhook(door, "the-secret-of-the-tests")

        def adapter(base: str, seconds: float) -> Messenger:
            settings = MaxSettings(
                bot=BotName("max"),
                token=TOKENS["max"],
                api_base=base,
                webhook=webhook,
                check_seconds=0.05,
                answer_seconds=seconds,
            )
            return Max(settings, session, Notebook())

        hook.messenger = adapter(url, 10)
        yield Line(
            messenger=hook.messenger,
            another=adapter,
            url=url,
            handset=Handset("max", platform),
            person=platform.add_person(first_name="Anna"),
            secret=TOKENS["max"],
            sending="POST /messages",
            receiving="GET /updates" if polls else WEBHOOK,
            meaningless=(
                b'{"update_type": "something_new", "timestamp": 1}',
                b'{"update_type": "bot_added", "timestamp": 1, "chat_id": 1, "user": {"user_id": 5}}',
                _MAX_MESSAGE % (b"false", b"chat"),
                _MAX_MESSAGE % (b"true", b"dialog"),
            ),
            broken=b'{"update_type": "message_created", "timestamp": 1, "message": {}}',
            hook=hook,
            too_long="a" * 129,
            repeats_after=0.0 if polls else 60.0,
        )


@asynccontextmanager
async def whatsapp_line() -> AsyncIterator[Line]:
    """Connect the WhatsApp adapter to an emulated Cloud API."""
    async with _ground() as (platform, url, session, hook, door):

        def adapter(base: str, seconds: float) -> Messenger:
            settings = WhatsAppSettings(
                bot=BotName("wa"),
                token=TOKENS["whatsapp"],
                phone_number_id=PHONE_NUMBER_ID,
                app_secrets=(APP_SECRET,),
                verify_token=VERIFY_TOKEN,
                api_base=base,
                api_version="v26.0",
                replies_per_person_per_day=0,
                replies_per_day=0,
                answer_seconds=seconds,
            )
            return WhatsApp(settings, session)

        hook.messenger = adapter(url, 10)
        await platform.whatsapp.subscribe(BOTS["whatsapp"], door, VERIFY_TOKEN)
        yield Line(
            messenger=hook.messenger,
            another=adapter,
            url=url,
            handset=Handset("whatsapp", platform),
            person=platform.add_person(first_name="Anna"),
            secret=TOKENS["whatsapp"],
            sending="messages",
            receiving=WEBHOOK,
            meaningless=(
                _WHATSAPP_MESSAGE % b'"type": "something_new"',
                _WHATSAPP_MESSAGE % b'"type": "image", "image": {"id": "1"}',
                _WHATSAPP_MESSAGE % b'"type": "unsupported", "errors": [{"code": 131051}]',
                _WHATSAPP_MESSAGE % b'"type": "text", "text": {"body": "hello"}, "group_id": "g"',
                _WHATSAPP_MESSAGE % b'"type": "system", "system": {"type": "something_new"}',
                b'{"status": {"id": "wamid.1", "status": "something_new", "timestamp": "1763700000"}}',
            ),
            broken=_WHATSAPP_MESSAGE % b'"type": "text"',
            hook=hook,
            too_long="",
            repeats_after=60.0,
        )


LINES = {
    "telegram": telegram_line,
    "max, polling": lambda: max_line(polls=True),
    "max, webhook": lambda: max_line(polls=False),
    "whatsapp": whatsapp_line,
}
