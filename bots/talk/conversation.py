"""The one brain of all bots: whatever is heard goes to whom it is for.

``login`` answers about logins, ``subscriptions`` about subscriptions and languages, ``codes`` about links that bring a
one-time code; neither they nor this hold a rule (``core`` does) or know a messenger's ways (the adapters do).
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, assert_never
from urllib.parse import unquote

from bots.talk import prompts, texts
from bots.talk.codes import CodeTalk
from bots.talk.login import LoginTalk
from bots.talk.replies import Speech
from bots.talk.subscriptions import SubscriptionTalk
from core.clock import Clock
from core.model.login.user_code import find_codes
from core.model.messages.content import CLICK
from core.model.messages.message import (
    Blocked,
    Heard,
    Pressed,
    Renumbered,
    Said,
    SharedContact,
    Spoken,
    Started,
    Unblocked,
)
from core.model.messages.payloads import find_payload, read_login, read_otp, read_subscribe
from core.model.messages.receipt import Receipt
from core.model.people.person import Sender
from core.people.names import presentable_sender
from core.ports.messengers import Messenger
from core.sending.feedback import ButtonClicks, Receipts
from core.subscribers.membership import Membership

logger = logging.getLogger(__name__)

_HEARD: Final = "✓"
LATE: Final = timedelta(hours=1)
"""Who did something longer ago (the messenger repeats what it could not bring) waits for no answer any more."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Answers whatever is heard. Hearing the same thing twice does no harm and gets an answer twice.

    A store that is ``Busy`` is nothing to tell a person: the listener lets us hear the same thing again.
    """

    clock: Clock
    logins: LoginTalk
    preferences: SubscriptionTalk
    codes: CodeTalk
    subscribe: Membership
    receipts: Receipts
    clicks: ButtonClicks
    speech: Speech

    async def hear(self, messenger: Messenger, heard: Heard) -> None:
        """Do what ``heard`` asks for and answer through ``messenger``; raises what ``Messenger.send`` raises."""
        if isinstance(heard, Receipt):
            await self.receipts.record(heard)
            return
        heard = replace(heard, sender=presentable_sender(heard.sender))
        if self._is_late(heard.sender):
            await self._catch_up(heard)
        else:
            await self._answer(messenger, heard)

    async def _answer(self, messenger: Messenger, heard: Spoken) -> None:
        match heard:
            case Started(code=str(code)):
                await self._follow(messenger, heard.sender, code)
            case Started():
                await self._come_back(heard.sender)
                await self.speech.say(messenger, heard.sender, "hello")
            case Pressed():
                await self._press(messenger, heard)
            case SharedContact():
                await self.logins.share(messenger, heard)
            case Said():
                await self._come_back(heard.sender)
                await self._listen(messenger, heard)
            case Blocked():
                await self.subscribe.lose(heard.sender)
            case Unblocked():
                await self.subscribe.regain(heard.sender)
            case Renumbered():
                await self.subscribe.renumber(heard.sender, heard.former_user_id, keeps_number=heard.keeps_number)
            case _:
                assert_never(heard)

    async def _press(self, messenger: Messenger, pressed: Pressed) -> None:
        """Pass a button on to the story or the site that put it there."""
        if pressed.data.startswith(CLICK):
            await self._click(messenger, pressed)
        elif not await self.preferences.press(messenger, pressed) and not await self.codes.press(messenger, pressed):
            await self.logins.press(messenger, pressed)

    async def _click(self, messenger: Messenger, pressed: Pressed) -> None:
        """Pass a site's own button on to the site; only its spinner is ours to stop."""
        if pressed.message_id is not None:
            await self.clicks.click(pressed.sender, pressed.message_id, pressed.data.removeprefix(CLICK))
        await messenger.respond(pressed, _HEARD, None)

    async def _come_back(self, sender: Sender) -> None:
        """Note that a known person is there: not every messenger tells when people let a bot in again."""
        if await self.subscribe.is_known(sender):
            await self.subscribe.regain(sender)

    def _is_late(self, sender: Sender) -> bool:
        return sender.at is not None and self.clock.now() - sender.at > LATE

    async def _catch_up(self, heard: Spoken) -> None:
        """Do what still counts of something that comes hours late, and say nothing."""
        match heard:
            case Said(text=text) if prompts.read_command(text) == "/stop":
                await self.subscribe.leave_all(heard.sender)
            case Pressed(data=data):
                await self.preferences.leave_late(heard.sender, data)
            case Blocked():
                await self.subscribe.lose(heard.sender)
            case Unblocked():
                await self.subscribe.regain(heard.sender)
            case Renumbered():
                await self.subscribe.renumber(heard.sender, heard.former_user_id, keeps_number=heard.keeps_number)
            case _:
                logger.info(
                    "heard of it too late to answer", extra={"bot": heard.sender.bot, "heard": type(heard).__name__}
                )

    async def _follow(self, messenger: Messenger, sender: Sender, payload: str) -> None:
        """Go where a link leads: a login of a site's session or by a permanent link, a subscription, a code."""
        slug, link, request_id = read_login(payload), read_subscribe(payload), read_otp(payload)
        if slug is not None:
            await self.logins.open_static(messenger, sender, slug)
        elif link is not None:
            await self.preferences.join(messenger, sender, link)
        elif request_id is not None:
            await self.codes.open(messenger, sender, request_id)
        else:
            await self.logins.open_link(messenger, sender, payload)

    async def _listen(self, messenger: Messenger, said: Said) -> None:
        if said.is_forwarded:
            await self.speech.say(messenger, said.sender, "forwarded")
            return
        match prompts.read_command(said.text):
            case "/stop":
                await self.preferences.leave_all(messenger, said.sender)
            case "/subscriptions":
                await self.preferences.show(messenger, said.sender)
            case "/lang":
                await self.preferences.offer_languages(messenger, said.sender)
            case "/help":
                await self.speech.say(messenger, said.sender, "hello")
            case "/no":
                await self.logins.refuse_in_words(messenger, said.sender)
            case number if number.isdecimal():
                await self.logins.pick_in_words(messenger, said.sender, int(number))
            case _:
                text = unquote(said.text)  # links that carry texts are sent as they stand, too
                payload = find_payload(text)
                if payload is None:
                    await self.logins.open_typed(messenger, said.sender, find_codes(text))
                else:
                    language = said.sender.language or texts.language_of_draft(text)
                    await self._follow(messenger, replace(said.sender, language=language), payload)
