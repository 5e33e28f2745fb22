"""The one brain of all bots: what is heard goes to a story of the core, and what came of it is put into words.

It holds no rule about logins (``core.flows.sign_in`` does) and knows no messenger's ways (the adapters do).
"""

from dataclasses import dataclass
from typing import Final, assert_never

from gatepost.bots import prompts, texts
from gatepost.core.errors import (
    AppDisabled,
    ClaimedByAnother,
    GatepostError,
    LoginCancelled,
    LoginConfirmed,
    LoginExpired,
    NotAPhone,
    PhoneRequired,
)
from gatepost.core.flows.sign_in import SignIn
from gatepost.core.flows.subscribe import Subscribe
from gatepost.core.flows.tidy import StalePrompt
from gatepost.core.model.ids import LoginId
from gatepost.core.model.login import CancelReason
from gatepost.core.model.message import (
    Blocked,
    Choice,
    Heard,
    Message,
    Pressed,
    Said,
    SharedContact,
    Started,
    Unblocked,
)
from gatepost.core.model.person import Sender
from gatepost.core.model.sign_in import Answered, Prompt
from gatepost.core.ports import Messenger

_REFUSALS: Final[dict[type[GatepostError], str]] = {
    AppDisabled: "app_disabled",
    ClaimedByAnother: "claimed",
    LoginCancelled: "already_cancelled",
    LoginConfirmed: "already_confirmed",
    LoginExpired: "expired",
}


@dataclass(frozen=True, slots=True)
class Conversation:
    """Answers whatever is heard. Hearing the same thing twice does no harm and gets an answer twice."""

    sign_in: SignIn
    subscribe: Subscribe

    async def hear(self, messenger: Messenger, heard: Heard) -> None:
        """Do what ``heard`` asks for and answer through ``messenger``; raises what ``Messenger.send`` raises."""
        match heard:
            case Started(code=str(code)):
                await self._open(messenger, heard.sender, code)
            case Started():
                await self._say(messenger, heard.sender, "hello")
            case Pressed():
                await self._press(messenger, heard)
            case SharedContact():
                await self._share(messenger, heard)
            case Said():
                await self._listen(messenger, heard)
            case Blocked():
                await self.subscribe.lose(heard.sender)
            case Unblocked():
                await self.subscribe.regain(heard.sender)
            case _:
                assert_never(heard)

    async def settle(self, messenger: Messenger, stale: StalePrompt) -> None:
        """Take the buttons from a prompt whose login ended elsewhere, and say how it ended."""
        language = texts.spoken(stale.account.language, stale.login.asked.locale)
        await messenger.edit(stale.account.chat, stale.message_id, prompts.ending(stale.login, language))

    async def _open(self, messenger: Messenger, sender: Sender, code: str) -> None:
        try:
            prompt = await self.sign_in.open_link(sender, code)
        except GatepostError as refusal:
            await self._say(messenger, sender, _REFUSALS.get(type(refusal), "unknown_link"))
            return
        await self._ask(messenger, sender, prompt)

    async def _ask(self, messenger: Messenger, sender: Sender, prompt: Prompt) -> None:
        """Ask for the phone if it is missing, else whether to log in."""
        language = texts.spoken(prompt.account.language, sender.language, prompt.login.asked.locale)
        if prompt.needs_phone:
            await messenger.send(sender.chat, prompts.contact(prompt, language))
            return
        message_id = await messenger.send(sender.chat, prompts.question(prompt, language, self.sign_in.clock.now()))
        earlier = await self.sign_in.put_prompt(prompt.login.asked.login_id, message_id)
        if earlier is not None:
            await messenger.edit(sender.chat, earlier, Message(text=texts.say(language, "asked_again")))

    async def _press(self, messenger: Messenger, pressed: Pressed) -> None:
        language_code = prompts.read_language(pressed.data)
        if language_code is not None:
            await self.subscribe.choose_language(pressed.sender, language_code)
            said = texts.say(language_code, "language_chosen")
            await messenger.respond(pressed, said, Message(text=said))
            return
        answer = prompts.read_answer(pressed.data)
        if answer is None:
            await self._refuse(messenger, pressed, "unknown_link", "expired_toast")
            return
        try:
            answered = await self._decide(pressed.sender, answer)
        except PhoneRequired:
            await self._ask_phone_again(messenger, pressed)
        except ClaimedByAnother:
            await messenger.respond(pressed, texts.say(await self._language(pressed.sender), "claimed_toast"), None)
        except GatepostError as refusal:
            key = _REFUSALS.get(type(refusal), "expired")
            await self._refuse(messenger, pressed, key, f"{key}_toast")
        else:
            language = texts.spoken(answered.account.language, pressed.sender.language, answered.login.asked.locale)
            toast, message = prompts.toast(answered.login, language), prompts.ending(answered.login, language)
            await messenger.respond(pressed, toast, message)

    async def _decide(self, sender: Sender, answer: prompts.Answer) -> Answered:
        login_id = LoginId(answer.login_id)
        match answer.verb:
            case prompts.Verb.LOGIN:
                return await self.sign_in.confirm(sender, login_id, answer.picked)
            case prompts.Verb.NOT_ME:
                return await self.sign_in.refuse(sender, login_id, CancelReason.NOT_ME)
            case prompts.Verb.CANCEL:
                return await self.sign_in.refuse(sender, login_id, CancelReason.DECLINED)

    async def _refuse(self, messenger: Messenger, pressed: Pressed, key: str, toast: str) -> None:
        language = await self._language(pressed.sender)
        await messenger.respond(pressed, texts.say(language, toast), Message(text=texts.say(language, key)))

    async def _ask_phone_again(self, messenger: Messenger, pressed: Pressed) -> None:
        """Ask for the phone that this account had and lost since the prompt was sent."""
        language = await self._language(pressed.sender)
        await messenger.respond(pressed, texts.say(language, "share_contact"), None)
        await messenger.send(pressed.sender.chat, prompts.contact_lost(language))

    async def _share(self, messenger: Messenger, contact: SharedContact) -> None:
        language = await self._language(contact.sender)
        if not contact.is_own:
            await messenger.send(contact.sender.chat, prompts.contact_again(language))
            return
        try:
            waiting = await self.sign_in.share_contact(contact.sender, contact.phone)
        except NotAPhone:
            said = texts.say(language, "contact_not_a_phone")
            await messenger.send(contact.sender.chat, Message(text=said, contact_done=True))
            return
        thanks = texts.say(language, "contact_thanks" if waiting else "contact_thanks_idle")
        await messenger.send(contact.sender.chat, Message(text=thanks, contact_done=True))
        for prompt in waiting:
            await self._ask(messenger, contact.sender, prompt)

    async def _listen(self, messenger: Messenger, said: Said) -> None:
        command = said.text.split(maxsplit=1)[0].partition("@")[0].lower() if said.text.strip() else ""
        match command:
            case "/stop":
                left = await self.subscribe.leave_all(said.sender)
                await self._say(messenger, said.sender, "stopped" if left else "stopped_already")
            case "/lang":
                language = await self._language(said.sender)
                choices = tuple(Choice(name, prompts.language_data(code)) for code, name in texts.languages().items())
                question = Message(text=texts.say(language, "choose_language"), choices=(choices,))
                await messenger.send(said.sender.chat, question)
            case "/help":
                await self._say(messenger, said.sender, "hello")
            case _:
                await self._say(messenger, said.sender, "did_not_understand")

    async def _say(self, messenger: Messenger, sender: Sender, key: str) -> None:
        language = await self._language(sender)
        await messenger.send(sender.chat, Message(text=texts.say(language, key)))

    async def _language(self, sender: Sender) -> str:
        return texts.spoken(await self.subscribe.language_of(sender), sender.language)
