"""What each messenger's stand-in must offer so that the contract suite can be run against its adapter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from gatepost.bots.telegram import Telegram, TelegramSettings
from gatepost.core.model.ids import BotName
from gatepost.core.ports import Messenger
from gatepost.emulator import Emulator
from gatepost.emulator.people import Person
from tests.stories.town import BOT, TOKEN, emulated_telegram

_START = (
    b'{"update_id": 5, "message": {"message_id": 1, "date": 1, "text": "/start x", "chat": %s,'
    b' "from": {"id": 5, "is_bot": %s, "first_name": "A"}}}'
)


@dataclass
class Line:
    """An adapter, its emulated platform, and somebody with a phone."""

    messenger: Messenger
    platform: Emulator
    person: Person
    secret: str
    meaningless: tuple[bytes, ...]
    broken: bytes

    def link(self, code: str) -> str:
        """Return the deep link that hands the code over."""
        return f"https://t.me/{BOT}?start={code}"


@asynccontextmanager
async def telegram_line() -> AsyncIterator[Line]:
    """Connect the Telegram adapter to an emulated Telegram."""
    async with emulated_telegram() as (platform, url), aiohttp.ClientSession() as session:
        settings = TelegramSettings(bot=BotName("tg"), token=TOKEN, api_base=url)
        yield Line(
            messenger=Telegram(settings, session),
            platform=platform,
            person=platform.add_person(first_name="Anna"),
            secret=TOKEN,
            meaningless=(
                b'{"update_id": 5}',
                b'{"update_id": 5, "something_new": {}}',
                _START % (b'{"id": -5, "type": "group"}', b"false"),
                _START % (b'{"id": 5, "type": "private"}', b"true"),
            ),
            broken=b'{"update_id": 5, "message": {"message_id": "x"}}',
        )


LINES = {"telegram": telegram_line}
