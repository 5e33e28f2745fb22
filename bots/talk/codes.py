"""Talking about a link that asks for a one-time code: who wants to send it, and whether the person wants that.

The code itself comes by the outbox (``core.otp.issuing``).
"""

import re
from dataclasses import dataclass
from typing import Final

from bots.talk import texts
from bots.talk.replies import Occasion, Replies, Speech
from bots.talk.subscriptions import name_of
from core.errors import Busy, GatepostError, TooManyRequests
from core.model.messages.message import Choice, Message, Pressed
from core.model.people.person import Sender
from core.otp.requests import CodeRequests, Opened
from core.ports.messengers import Messenger

_BUTTON: Final = re.compile(r"o:([yn]):([0-9A-Za-z]{16})")
_YES: Final = "y"


@dataclass(frozen=True, slots=True)
class CodeTalk:
    """Answers who opened such a link."""

    requests: CodeRequests
    replies: Replies
    speech: Speech

    async def open(self, messenger: Messenger, sender: Sender, request_id: str) -> None:
        """Ask a person who is not subscribed yet; a subscriber gets the code without a question."""
        try:
            opened = await self.requests.open(sender, request_id)
        except Busy:
            raise
        except GatepostError as refusal:
            await self.speech.say(messenger, sender, _key_of(refusal))
            return
        if opened.is_given and opened.is_test:
            await self.speech.say(messenger, sender, "otp_tested")
        elif not opened.is_given:
            question = _question(opened, request_id, await self.speech.language(sender))
            await self.replies.send(messenger, sender, question, Occasion.LOGIN)

    async def press(self, messenger: Messenger, pressed: Pressed) -> bool:
        """Do what a button of such a question asks for; return False if it is none of these."""
        found = _BUTTON.fullmatch(pressed.data)
        if found is None:
            return False
        try:
            if found[1] == _YES:
                opened = await self.requests.accept(pressed.sender, found[2])
                key = "otp_tested" if opened.is_test else "otp_given"
            else:
                await self.requests.decline(found[2])
                key = "otp_declined"
        except Busy:
            raise
        except GatepostError as refusal:
            key = _key_of(refusal)
        said = texts.say(await self.speech.language(pressed.sender), key)
        await self.replies.respond(messenger, pressed, said, Message(text=said))
        return True


def _key_of(refusal: GatepostError) -> str:
    return "otp_too_many" if isinstance(refusal, TooManyRequests) else "otp_gone"


def _question(opened: Opened, request_id: str, language: str) -> Message:
    accept = Choice(texts.say(language, "otp_accept"), f"o:{_YES}:{request_id}")
    refuse = Choice(texts.say(language, "cancel"), f"o:n:{request_id}")
    who = "\n".join(part for part in (name_of(opened), opened.project.sender.sender_description) if part)
    return Message(text=texts.say(language, "otp_ask", app=who, accept=accept.label), choices=((accept, refuse),))
