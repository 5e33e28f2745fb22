"""WhatsApp, by Meta's Cloud API: a small client of our own.

It only ever answers: a person writes first, with a login's code, and each answer costs the operator money. Messages
cannot be edited, and the one free acknowledgement is a read receipt.
"""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp

from bots.delivering import Call, NoAnswer, deliver_all, send_all, unanswered
from bots.pace import Pace
from bots.whatsapp.bodies import MOST_CHOICES, new_message, read_receipt
from bots.whatsapp.errors import TOO_LATE, TooLate, trouble_of
from bots.whatsapp.incoming import heard_in, name_of
from bots.whatsapp.parts import parts_of
from bots.whatsapp.templates import Template, code_body, notice_body
from bots.whatsapp.webhook import challenge, check_signature, updates_in
from bots.wire import ANSWER_SECONDS, NETWORK_PAUSE, Wire
from core.model.ids import BotName
from core.model.messages.bot import Capabilities
from core.model.messages.message import Heard, Message, Pressed, Update
from core.model.people.person import MessengerName
from core.ports.messengers import Refused, Take, Unreachable, WindowClosed

logger = logging.getLogger(__name__)

_CALLS_PER_SECOND: Final = 78.0
"""WhatsApp allows eighty, and counts what people write; calls arrive less evenly than they leave."""
_SLACK: Final = 0.1
_CHAT_CALLS_PER_SECOND: Final = 2.0
"""WhatsApp wants one in six seconds over time, and lends up to 45: a login's one or two messages go at once."""
_CHAT_GAP: Final = 6.0
"""Seconds; what sites send answers no person, so it keeps to the rate over time."""
_CHECK_SECONDS: Final = 300.0
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppSettings:
    """What a WhatsApp number needs. ``app_secrets`` are those Meta may sign with now; without one, none is let in."""

    bot: BotName
    token: str
    phone_number_id: str
    app_secrets: tuple[str, ...]
    verify_token: str
    api_base: str
    api_version: str
    replies_per_person_per_day: int
    replies_per_day: int
    otp_template: Template | None = None
    notice_template: Template | None = None
    proxy: str | None = None
    answer_seconds: float = ANSWER_SECONDS


class WhatsApp:
    """One number. Raises ``TryLater``, ``Unreachable``, ``Refused`` and ``Revoked``; no text holds the token."""

    name: Final = MessengerName.WHATSAPP

    def __init__(self, settings: WhatsAppSettings, session: aiohttp.ClientSession) -> None:
        self.bot = settings.bot
        self.capabilities = Capabilities(
            sends_per_second=_CALLS_PER_SECOND,
            chat_gap=_CHAT_GAP,
            most_choices=MOST_CHOICES,
            is_metered=True,
            replies_per_person_per_day=settings.replies_per_person_per_day,
            replies_per_day=settings.replies_per_day,
        )
        self._settings = settings
        self._pace = Pace(_CALLS_PER_SECOND, _CHAT_CALLS_PER_SECOND, slack=_SLACK)
        self._wire = Wire(
            session=session,
            base=f"{settings.api_base.rstrip('/')}/{settings.api_version}/{settings.phone_number_id}",
            headers={"Authorization": f"Bearer {settings.token}"},
            proxy=settings.proxy,
            answer_seconds=settings.answer_seconds,
        )

    async def connect(self) -> str:
        """Ask Meta for the number that people write to, and return its digits."""
        return await self.username()

    async def username(self) -> str:
        """Ask Meta for the number that people write to."""
        number = await self._call("GET", "", {"fields": "display_phone_number"})
        digits = re.sub(r"[^0-9]", "", str(number.get("display_phone_number") or ""))
        if not digits:
            raise Refused("WhatsApp does not tell the number")
        return digits

    async def run(self, take: Take, up: Callable[[], None]) -> None:
        """Look every five minutes whether Meta still knows us; updates come by the webhook."""
        del take
        while True:
            up()
            await asyncio.sleep(_CHECK_SECONDS)
            await self.connect()

    async def accept(self, headers: Mapping[str, str], body: bytes, take: Take) -> None:
        """Take the updates that Meta posted: a thousand at most, in one transaction."""
        check_signature(headers.get("X-Hub-Signature-256", ""), body, self._settings.app_secrets)
        updates = updates_in(self.bot, self._settings.phone_number_id, body)
        if updates:
            await take(updates)

    def greet(self, query: Mapping[str, str]) -> str:
        """Answer Meta's question whether the webhook is ours."""
        return challenge(query, self._settings.verify_token)

    def translate(self, update: Update) -> Heard | None:
        """Say what was heard in one update."""
        return heard_in(self.bot, json.loads(update.body))

    async def send(self, chat: str, message: Message) -> str:
        """Send a message and return its name; ``chat`` is a number with ``+``, or a BSUID.

        What may have been sent is not sent again: a message costs money, and a person can send their code once more.
        """
        try:
            return await send_all(self._calls(chat, message))
        except NoAnswer as trouble:
            raise Refused(f"{trouble}; not sent again, since it may have been sent") from None

    async def turn(self) -> None:
        """Wait for a turn that no conversation needs."""
        await self._pace.turn_of_sites()

    async def deliver(self, chat: str, message: Message) -> str:
        """Send a message once, and return the name of its last part.

        A one-time code goes in its template, always; any other message in one if free words come too late.
        """
        if message.code is not None:
            body = code_body(chat, message, self._settings.otp_template)
            return await deliver_all([partial(self._sent, body, chat, has_turn=True)])
        why = f"{TOO_LATE} the person has not written for a day"
        if not message.is_late:
            try:
                return await deliver_all(self._calls(chat, message, has_turn=True))
            except TooLate as trouble:
                why = str(trouble)
        late = notice_body(chat, message, self._settings.notice_template)
        if late is None:
            raise WindowClosed(why)
        return await deliver_all([partial(self._sent, late, chat, has_turn=message.is_late)])

    def _calls(self, chat: str, message: Message, *, has_turn: bool = False) -> list[Call]:
        """Return the calls that send a message; who ``has_turn`` waits, before the first one, for the chat's only."""
        return [
            partial(self._sent, new_message(chat, part), chat, has_turn=has_turn and number == 0)
            for number, part in enumerate(parts_of(message))
        ]

    async def _sent(self, body: Mapping[str, Any], chat: str, *, has_turn: bool) -> str:
        await (self._pace.turn_in_chat(chat) if has_turn else self._pace.turn(chat))
        sent = await self._call("POST", "/messages", None, body)
        try:
            return name_of(sent["messages"][0]["id"])
        except (KeyError, IndexError, TypeError, AttributeError):
            raise NoAnswer(NETWORK_PAUSE, "the answer names no message") from None

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Do nothing: WhatsApp's messages stay as they are."""

    async def respond(self, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Mark the tap as read, and send ``message`` if there is one; there are no notes on taps."""
        del toast
        try:
            await self._call("POST", "/messages", None, read_receipt(pressed.tap_id))
        except (Refused, Unreachable) as trouble:
            logger.info("a tap could not be marked as read", extra={"bot": self.bot, "why": str(trouble)})
        if message is not None:
            await self.send(pressed.sender.chat, message)

    async def _call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        answer = await self._wire.call(method, path, query, body)
        if answer.body is None:
            raise unanswered(answer.status, f"HTTP {answer.status}, and the answer is not Meta's", NETWORK_PAUSE)
        if answer.status == _OK:
            return answer.body
        raise trouble_of(answer)
