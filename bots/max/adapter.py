"""MAX: a small client of our own, since what is hard about it no library does.

Its updates have no ids and come twice, late and in any order; its calls may fail with HTTP 200; its rates are low.
"""

import asyncio
import hmac
import json
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import aiohttp

from bots.delivering import NoAnswer, deliver_all, unanswered
from bots.max.bodies import changed_message, new_message
from bots.max.errors import NotDone, trouble_of
from bots.max.incoming import heard_in, key_of
from bots.max.webhook import UPDATE_TYPES, Webhook, ensure
from bots.pace import Pace
from bots.reading import is_id, kept, read_update
from bots.wire import ANSWER_SECONDS, NETWORK_PAUSE, UpdateMarker, Wire
from core.model.ids import BotName
from core.model.messages.bot import Capabilities
from core.model.messages.errors import WebhookRefused
from core.model.messages.message import Heard, Message, Pressed, Update
from core.model.people.person import MessengerName
from core.ports.messengers import Refused, Take, TryLater, Unreachable

logger = logging.getLogger(__name__)

CALLS_PER_SECOND: Final = 9.6
"""MAX refused more than ten in any second when last seen; calls arrive less evenly than they leave."""
_SLACK: Final = 0.03
"""With it, the eleventh call leaves 1.01 seconds after the first one."""
CHAT_CALLS_PER_SECOND: Final = 1.6
"""MAX allows two, sends, edits and answers together."""
_POLL_SECONDS: Final = 30
_POLL_LIMIT: Final = 100
_POLL_GAP: Final = 0.5
_CHECK_SECONDS: Final = 60.0
_FETCH_SECONDS: Final = 50.0
"""MAX may fetch a picture before it answers."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxSettings:
    """What a MAX bot needs; ``webhook`` is ``None`` for polling, ``trust`` for the system's certificates."""

    bot: BotName
    token: str
    api_base: str
    webhook: Webhook | None = None
    proxy: str | None = None
    trust: ssl.SSLContext | None = None
    check_seconds: float = _CHECK_SECONDS
    answer_seconds: float = ANSWER_SECONDS


class Max:
    """One MAX bot. Raises ``TryLater``, ``Unreachable``, ``Refused`` and ``Revoked``; no text holds the token."""

    name: Final = MessengerName.MAX

    def __init__(self, settings: MaxSettings, session: aiohttp.ClientSession, memory: UpdateMarker) -> None:
        self.bot = settings.bot
        self._settings = settings
        self._memory = memory
        polls = 1 / _POLL_GAP if settings.webhook is None else 0.0
        rate = CALLS_PER_SECOND - polls
        self.capabilities = Capabilities(sends_per_second=rate, chat_gap=1 / CHAT_CALLS_PER_SECOND)
        self._pace = Pace(rate, CHAT_CALLS_PER_SECOND, slack=_SLACK)
        self._wire = Wire(
            session=session,
            base=settings.api_base.rstrip("/"),
            headers={"Authorization": settings.token},
            proxy=settings.proxy,
            trust=settings.trust,
            answer_seconds=settings.answer_seconds,
        )

    async def connect(self) -> str:
        """Ask MAX who we are, and make sure that updates come the way we want them."""
        username = await self.username()
        if self._settings.webhook is None:
            for subscription in await self.list_all():
                await self.remove(str(subscription["url"]))
        else:
            await ensure(self._settings.webhook, self, self.bot, is_expected=False)
        return username

    async def username(self) -> str:
        """Ask MAX what our bot is called."""
        await self._pace.turn()
        username = (await self._call("GET", "/me")).get("username")
        if not isinstance(username, str) or not username:
            raise Refused("MAX does not tell the bot's username")
        return username

    async def run(self, take: Take, up: Callable[[], None]) -> None:
        """Poll, or watch over the subscription, until cancelled."""
        if self._settings.webhook is None:
            await self._poll(take, up)
        else:
            await self._watch(self._settings.webhook, up)

    async def accept(self, headers: Mapping[str, str], body: bytes, take: Take) -> None:
        """Take one update that MAX posted."""
        webhook = self._settings.webhook
        secret = headers.get("X-Max-Bot-Api-Secret", "")
        if webhook is None or not hmac.compare_digest(secret.encode(errors="replace"), webhook.secret.encode()):
            raise WebhookRefused
        await take([self._kept(read_update(body))])

    def greet(self, query: Mapping[str, str]) -> str:
        """Refuse: MAX asks nothing."""
        del query
        raise WebhookRefused

    def translate(self, update: Update) -> Heard | None:
        """Say what was heard in one update."""
        return heard_in(self.bot, self._settings.token, json.loads(update.body))

    async def send(self, chat: str, message: Message) -> str:
        """Send a message and return its id; ``chat`` is the person's user id."""
        await self._pace.turn(chat)
        return await self._sent(chat, message)

    async def turn(self) -> None:
        """Wait for a turn that no conversation needs."""
        await self._pace.turn_of_sites()

    async def deliver(self, chat: str, message: Message) -> str:
        """Send a message once, and return its id."""
        await self._pace.turn_in_chat(chat)
        return await deliver_all([partial(self._sent, chat, message)])

    async def _sent(self, chat: str, message: Message) -> str:
        query = {"user_id": chat, "disable_link_preview": "true"}
        seconds = None if message.media is None else self._settings.answer_seconds + _FETCH_SECONDS
        sent = await self._call("POST", "/messages", query, new_message(message), seconds=seconds)
        try:
            return str(sent["message"]["body"]["mid"])
        except (KeyError, TypeError):
            raise NoAnswer(NETWORK_PAUSE, "POST /messages did not answer with a message") from None

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Replace a message's text and buttons."""
        await self._pace.turn(chat)
        try:
            await self._call("PUT", "/messages", {"message_id": message_id}, changed_message(message))
        except (NotDone, Unreachable) as trouble:
            logger.info("a message could not be edited", extra={"bot": self.bot, "why": str(trouble)})

    async def respond(self, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Stop the button's spinner with a note and replace the message, in one call; if too late, edit."""
        await self._pace.turn(pressed.sender.chat)
        body: Json = {"notification": toast}
        if message is not None:
            body["message"] = changed_message(message)
        query = {"callback_id": pressed.tap_id, "disable_link_preview": "true"}
        try:
            await self._call("POST", "/answers", query, body)
        except (Refused, Unreachable) as trouble:
            logger.info("a tap was answered too late", extra={"bot": self.bot, "why": str(trouble)})
            if message is not None and pressed.message_id is not None:
                await self.edit(pressed.sender.chat, pressed.message_id, message)

    async def list_all(self) -> list[Json]:
        """List where MAX posts our updates to."""
        await self._pace.turn()
        subscriptions = (await self._call("GET", "/subscriptions")).get("subscriptions")
        return [each for each in subscriptions if isinstance(each, dict)] if isinstance(subscriptions, list) else []

    async def add(self, body: Json) -> None:
        """Let MAX post to another address too."""
        await self._pace.turn()
        await self._call("POST", "/subscriptions", None, body)

    async def remove(self, url: str) -> None:
        """Let MAX no longer post to an address."""
        await self._pace.turn()
        await self._call("DELETE", "/subscriptions", {"url": url})

    async def _watch(self, webhook: Webhook, up: Callable[[], None]) -> None:
        while True:
            up()
            await asyncio.sleep(self._settings.check_seconds)
            await ensure(webhook, self, self.bot, is_expected=True)

    async def _poll(self, take: Take, up: Callable[[], None]) -> None:
        """Ask for updates, keep them, and only then move the marker that commits them."""
        marker = await self._memory.recall()
        wait = 0
        while True:
            query = {"limit": str(_POLL_LIMIT), "timeout": str(wait), "types": ",".join(UPDATE_TYPES)}
            if marker is not None:
                query["marker"] = marker
            answer = await self._call("GET", "/updates", query, seconds=wait + 15)
            updates = answer.get("updates")
            if not isinstance(updates, list):
                raise TryLater(NETWORK_PAUSE, "GET /updates did not answer with a list")
            if updates:
                await take([self._kept(update) for update in updates])
            told = answer.get("marker")
            if is_id(told) and str(told) != marker:
                marker = str(told)
                await self._memory.remember(marker)
            up()
            wait = _POLL_SECONDS
            await asyncio.sleep(_POLL_GAP)

    def _kept(self, update: Json) -> Update:
        plain = kept(self.bot, update, None)
        return replace(plain, key=key_of(update, plain.body))

    async def _call(
        self, method: str, path: str, query: Json | None = None, body: Json | None = None, seconds: float | None = None
    ) -> Mapping[str, Any]:
        answer = await self._wire.call(method, path, query, body, seconds)
        if answer.body is None:
            raise unanswered(answer.status, f"HTTP {answer.status}, and the answer is not MAX's", NETWORK_PAUSE)
        if answer.status == 200 and answer.body.get("success") is not False:  # noqa: PLR2004 - what else
            return answer.body
        raise trouble_of(answer)
