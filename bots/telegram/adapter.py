"""Telegram: python-telegram-bot's ``Bot`` and types, with our own polling loop and webhook.

PTB's ``Updater`` dies silently on one 401 or 404, spins on one update it cannot parse, and acknowledges before
anything was kept. Here updates are taken as raw JSON, kept, and only then acknowledged; each is parsed by itself.
"""

import asyncio
import hmac
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import aiohttp
from telegram import Bot
from telegram._utils.types import JSONDict

from bots.delivering import Call, NoAnswer, deliver_all, send_all
from bots.pace import Pace
from bots.reading import is_id, kept, read_update
from bots.telegram.calls import BotCall, calls_of, inline_keyboard_of, looks, words
from bots.telegram.errors import NETWORK_PAUSE, WORDS_LIMIT, in_our_words
from bots.telegram.incoming import heard_in
from bots.telegram.transport import DEFAULT_SECONDS, AiohttpRequest, form
from core.model.ids import BotName
from core.model.messages.bot import Capabilities
from core.model.messages.errors import WebhookRefused
from core.model.messages.message import Heard, Message, Pressed, Update
from core.model.people.person import MessengerName
from core.ports.messengers import Refused, Take, TryLater

logger = logging.getLogger(__name__)

ALLOWED_UPDATES: Final = ("message", "callback_query", "my_chat_member")
_ALLOWED_UPDATES: Final = json.dumps(ALLOWED_UPDATES)
MESSAGES_PER_SECOND: Final = 30
"""What Telegram allows a bot that does not pay for more (Bots FAQ, "broadcasting"), edits among them."""
_OF_THEM: Final = 29.5 / 30
"""Calls arrive less evenly than they leave."""
_SLACK: Final = 0.1
_LOAN: Final = 0.5
"""Telegram takes bursts: in a rush of logins, fifteen people need not wait."""
_CHAT_CALLS_PER_SECOND: Final = 1.0
_POLL_SECONDS: Final = 30
_POLL_LIMIT: Final = 100
_HASTY_SECONDS: Final = 0.5
"""An empty answer that comes faster than this did not wait: the server ignores ``timeout``."""
_GATHER_SECONDS: Final = 0.003
"""After a busy answer, let a few updates gather before asking again: fewer calls and commits when many people tap."""
_WEBHOOK_CHECK_SECONDS: Final = 600.0
_WEBHOOK_CONNECTIONS: Final = 40
_HARMLESS_EDITS: Final = ("message is not modified", "message to edit not found", "message can't be edited")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram should post updates, and the secret it must send along (1 to 256 of ``A-Za-z0-9_-``)."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """What a Telegram bot needs; ``webhook`` is ``None`` for polling, ``proxy`` for a direct connection.

    ``messages_per_second`` is what Telegram allows the bot; the webhook is looked after every ``check_seconds``.
    """

    bot: BotName
    token: str
    api_base: str
    webhook: Webhook | None = None
    proxy: str | None = None
    answer_seconds: float = DEFAULT_SECONDS
    messages_per_second: float = MESSAGES_PER_SECOND
    check_seconds: float = _WEBHOOK_CHECK_SECONDS


class Telegram:
    """One Telegram bot. Raises ``TryLater``, ``Unreachable``, ``Refused`` and ``Revoked``; no text holds the token."""

    name: Final = MessengerName.TELEGRAM

    def __init__(self, settings: TelegramSettings, session: aiohttp.ClientSession) -> None:
        os.environ.setdefault("PTB_TIMEDELTA", "1")  # PTB's coming way of telling pauses; it warns of the old one
        self.bot = settings.bot
        self._settings = settings
        rate = settings.messages_per_second * _OF_THEM
        self.capabilities = Capabilities(sends_per_second=rate, chat_gap=1 / _CHAT_CALLS_PER_SECOND)
        self._pace = Pace(rate, _CHAT_CALLS_PER_SECOND, slack=_SLACK, loan=_LOAN)
        self._request = AiohttpRequest(session, settings.proxy, settings.answer_seconds)
        base = settings.api_base.rstrip("/")
        self._api = Bot(
            settings.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self._key_prefix = settings.token.partition(":")[0]
        self._offset: int | None = None

    async def connect(self) -> str:
        """Ask Telegram who we are, and make sure that updates come the way we want them."""
        username = await self.username()
        webhook = self._settings.webhook
        if webhook is None:
            await in_our_words(self._api.delete_webhook())
        else:
            await self._set_webhook(webhook)
        return username

    async def username(self) -> str:
        """Ask Telegram what our bot is called."""
        await in_our_words(self._api.get_me())
        return self._api.username

    async def run(self, take: Take, up: Callable[[], None]) -> None:
        """Poll, or watch over the webhook, until cancelled."""
        if self._settings.webhook is not None:
            up()
            await self._watch_webhook(self._settings.webhook)
        await self._poll(take, 0)
        while True:
            up()
            await self._poll(take, _POLL_SECONDS)

    async def accept(self, headers: Mapping[str, str], body: bytes, take: Take) -> None:
        """Take one update that Telegram posted."""
        webhook = self._settings.webhook
        secret = headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if webhook is None or not hmac.compare_digest(secret.encode(errors="replace"), webhook.secret.encode()):
            raise WebhookRefused
        await take([self._kept(read_update(body))])

    def greet(self, query: Mapping[str, str]) -> str:
        """Refuse: Telegram asks nothing."""
        del query
        raise WebhookRefused

    def translate(self, update: Update) -> Heard | None:
        """Parse one update and say what was heard."""
        return heard_in(self.bot, json.loads(update.body))

    async def send(self, chat: str, message: Message) -> str:
        """Send a message and return its id."""
        return await send_all(self._calls(chat, message))

    async def turn(self) -> None:
        """Wait for a turn that no conversation needs."""
        await self._pace.turn_of_sites()

    async def deliver(self, chat: str, message: Message) -> str:
        """Send a message once, and return the id of its last part."""
        return await deliver_all(self._calls(chat, message, has_turn=True))

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Replace a message's text and buttons."""
        parameters = {**words(message), **looks(inline_keyboard_of(message))}
        await self._pace.turn()
        try:
            await self._post("editMessageText", chat_id=chat, message_id=message_id, **parameters)
        except Refused as refused:
            if not any(wording in str(refused).lower() for wording in _HARMLESS_EDITS):
                raise

    async def respond(self, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Stop the button's spinner with a note, and replace the message, both at once."""
        calls: list[Awaitable[None]] = [self._answer(pressed.tap_id, toast)]
        if message is not None and pressed.message_id is not None:
            calls.append(self.edit(pressed.sender.chat, pressed.message_id, message))
        await asyncio.gather(*calls)

    def _calls(self, chat: str, message: Message, *, has_turn: bool = False) -> list[Call]:
        """Return the calls that send a message; who ``has_turn`` need not wait for another before the first one."""
        return [
            partial(self._sent, chat, call, has_turn=has_turn and number == 0)
            for number, call in enumerate(calls_of(message))
        ]

    async def _sent(self, chat: str, call: BotCall, *, has_turn: bool) -> str:
        """Make one call that sends, and return the id of what was sent."""
        if not has_turn:
            await self._pace.turn()
        url, seconds = f"{self._api.base_url}/{call.method}", self._settings.answer_seconds + call.more_seconds
        sent = await in_our_words(self._request.post(url, form(chat_id=chat, **call.parameters), seconds))
        if not isinstance(sent, dict) or "message_id" not in sent:
            raise NoAnswer(NETWORK_PAUSE, f"{call.method} did not answer with a message")
        return str(sent["message_id"])

    async def _poll(self, take: Take, seconds: int) -> None:
        """Ask for updates, wait for them ``seconds``, keep them, and only then move the offset that acknowledges."""
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        offset = {} if self._offset is None else {"offset": str(self._offset)}
        wanted = form(timeout=str(seconds), limit=str(_POLL_LIMIT), allowed_updates=_ALLOWED_UPDATES, **offset)
        updates = await in_our_words(self._request.post(f"{self._api.base_url}/getUpdates", wanted, seconds + 10))
        if not isinstance(updates, list):
            raise TryLater(NETWORK_PAUSE, "getUpdates did not answer with a list")
        if updates:
            await take([self._kept(update) for update in updates])
            ids = [update["update_id"] for update in updates if _has_id(update)]
            self._offset = max(ids) + 1 if ids else self._behind(len(updates))
            await asyncio.sleep(_GATHER_SECONDS if ids else _HASTY_SECONDS)
        elif seconds and loop.time() - asked_at < _HASTY_SECONDS:
            await asyncio.sleep(_HASTY_SECONDS)

    def _behind(self, count: int) -> int:
        """Return the offset behind updates none of which says its id: one for each, or what came last of all."""
        return -1 if self._offset is None else self._offset + count

    def _kept(self, update: JSONDict) -> Update:
        """Return the raw update under a key that differs between bots, should the operator replace the token."""
        return kept(self.bot, update, f"{self._key_prefix}:{update['update_id']}" if _has_id(update) else None)

    async def _post(self, method: str, **parameters: str) -> JSONDict | list[JSONDict] | bool:
        """Call a method with PTB's errors but without its types: parsing answers took 40 % of a call's time."""
        return await in_our_words(self._request.post(f"{self._api.base_url}/{method}", form(**parameters)))

    async def _set_webhook(self, webhook: Webhook) -> None:
        await in_our_words(
            self._api.set_webhook(
                webhook.url,
                secret_token=webhook.secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=_WEBHOOK_CONNECTIONS,
            )
        )

    async def _watch_webhook(self, webhook: Webhook) -> None:
        """Look every ten minutes whether Telegram still posts to us: a holder of the token can turn it elsewhere.

        They can change the secret alone, too, which Telegram does not tell; but it tells that we take nothing then.
        """
        while True:
            await asyncio.sleep(self._settings.check_seconds)
            info = await in_our_words(self._api.get_webhook_info())
            if info.last_error_message:
                why = {"why": info.last_error_message[:WORDS_LIMIT], "waiting": info.pending_update_count}
                logger.error("Telegram has trouble with our webhook; setting it again", extra={"bot": self.bot, **why})
            if info.url != webhook.url:
                logger.error("somebody changed the bot's webhook; setting ours again", extra={"bot": self.bot})
            if info.url != webhook.url or info.last_error_message:
                await self._set_webhook(webhook)

    async def _answer(self, tap_id: str, toast: str) -> None:
        try:
            await self._post("answerCallbackQuery", callback_query_id=tap_id, text=toast)
        except Refused as refused:
            logger.info("a tap was answered too late", extra={"bot": self.bot, "why": str(refused)})


def _has_id(update: object) -> bool:
    return isinstance(update, dict) and is_id(update.get("update_id"))
