"""Toy's adapter: it polls, and edits nothing."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp

from bots.wire import NETWORK_PAUSE, Wire
from core.model.ids import BotName
from core.model.messages.bot import Capabilities
from core.model.messages.errors import WebhookRefused
from core.model.messages.message import Choice, Heard, Message, Pressed, Said, Started, Update
from core.model.people.person import MessengerName, Sender
from core.ports.messengers import Take, TryLater

from .settings import ToyBotSettings

_POLL_GAP: Final = 0.02


class Toy:
    """One Toy bot."""

    name: Final = MessengerName("toy")
    capabilities: Final = Capabilities(sends_per_second=100.0, chat_gap=0.0)

    def __init__(self, settings: ToyBotSettings, session: aiohttp.ClientSession) -> None:
        self.bot = BotName(settings.name)
        token = settings.token.get_secret_value()
        self._wire = Wire(session=session, base=settings.api_base, headers={"Authorization": token})

    async def connect(self) -> str:
        """Ask Toy who we are."""
        return await self.username()

    async def username(self) -> str:
        """Ask Toy what our bot is called."""
        return str((await self._call("GET", "/me"))["username"])

    async def run(self, take: Take, up: Callable[[], None]) -> None:
        """Poll."""
        after = 0
        while True:
            updates = (await self._call("GET", f"/updates/{after}"))["updates"]
            await take([Update(self.bot, str(each["id"]), json.dumps(each).encode()) for each in updates])
            after += len(updates)
            up()
            await asyncio.sleep(_POLL_GAP)

    async def accept(self, headers: Mapping[str, str], body: bytes, take: Take) -> None:
        """Refuse: Toy posts nothing."""
        del headers, body, take
        raise WebhookRefused

    def greet(self, query: Mapping[str, str]) -> str:
        """Refuse: Toy asks nothing."""
        del query
        raise WebhookRefused

    def translate(self, update: Update) -> Heard | None:
        """Say what was heard."""
        told = json.loads(update.body)
        sender = Sender(
            bot=self.bot,
            messenger=self.name,
            user_id=told["user"],
            chat=told["user"],
            first_name=told["name"],
            language="en",
            phone=told["phone"],
        )
        match told:
            case {"opened": str(code)}:
                return Started(sender, code)
            case {"pressed": str(data), "message": str(message_id)}:
                return Pressed(sender, data, str(told["id"]), message_id)
            case _:
                return Said(sender, told["text"])

    async def send(self, chat: str, message: Message) -> str:
        """Send."""
        rows = [*message.choices, *([(message.url_button,)] if message.url_button else [])]
        buttons = [
            {"label": button.label, "data": button.data if isinstance(button, Choice) else button.url}
            for row in rows
            for button in row
        ]
        body = {"to": chat, "text": message.text, "buttons": buttons}
        return str((await self._call("POST", "/messages", body))["id"])

    async def turn(self) -> None:
        """Toy takes whatever comes."""

    async def deliver(self, chat: str, message: Message) -> str:
        """Send."""
        return await self.send(chat, message)

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Do nothing: messages of Toy stay as they are."""

    async def respond(self, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Send what there is to say."""
        del toast
        if message is not None:
            await self.send(pressed.sender.chat, message)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        answer = await self._wire.call(method, path, None, body)
        if answer.body is None:
            raise TryLater(NETWORK_PAUSE, f"HTTP {answer.status}")
        return answer.body
