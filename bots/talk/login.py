"""Talking about a login: the question, the phone, the answer, and every way in which they can go wrong.

It holds no rule about logins (``core.login.confirmation`` does); what came of a step is put into words here.
"""

import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bots.talk import prompts, texts
from bots.talk.replies import DailyCount, Occasion, Replies, Speech
from core.errors import Busy, GatepostError
from core.housekeeping.sweep import StalePrompt
from core.login.confirmation import Confirmation
from core.model.apps.errors import AppDisabled
from core.model.ids import LoginId
from core.model.login.errors import (
    ClaimedByAnother,
    ContactNotAsked,
    LoginCancelled,
    LoginConfirmed,
    LoginExpired,
    LoginNeedsPage,
    LoginNotFound,
    LoginNotSetUp,
    PhoneRequired,
    PromptExpired,
    PromptReplaced,
)
from core.model.login.login import CancelReason, Login, Status, status
from core.model.login.requests import Answered, PhoneClaim, Prompt
from core.model.messages.message import Message, Pressed, SharedContact, UrlButton
from core.model.people.errors import NotAPhone
from core.model.people.person import Account, Sender
from core.ports.messengers import Messenger, Refused, Revoked, TryLater, Unreachable

logger = logging.getLogger(__name__)

MISSES_A_DAY: Final = 20
"""How many wrong codes one person may send in a day before we stop looking (``security``, T9)."""
CLAIMS_A_DAY: Final = 3
"""To how many phones one person's claims are taken in a day: each is a message to somebody who may not want it."""
_REFUSALS: Final[dict[type[GatepostError], str]] = {
    AppDisabled: "app_disabled",
    ClaimedByAnother: "claimed",
    LoginCancelled: "already_cancelled",
    LoginConfirmed: "already_confirmed",
    LoginExpired: "expired",
    LoginNeedsPage: "needs_page",
    LoginNotSetUp: "not_set_up",
}


@dataclass(frozen=True, slots=True)
class LoginTalk:
    """Talks with one person about one login at a time.

    ``misses`` counts the wrong codes, ``claims`` the phones that people said are theirs.
    """

    confirmation: Confirmation
    replies: Replies
    speech: Speech
    misses: DailyCount
    claims: DailyCount

    async def settle(self, messenger: Messenger, stale: StalePrompt) -> None:
        """Take the buttons from a prompt whose login ended elsewhere, and say how it ended."""
        language = _language_about(stale.login, stale.account)
        is_live = status(stale.login, self.confirmation.clock.now()) is Status.PENDING
        unanswered = Message(text=texts.say(language, "unanswered"))
        said = unanswered if is_live else prompts.ending(stale.login, language)
        await messenger.edit(stale.account.chat, stale.message_id, said)

    async def open_link(self, messenger: Messenger, sender: Sender, code: str) -> None:
        """Ask about the login of a site's session."""
        await self._open(messenger, sender, self.confirmation.open_link(sender, code))

    async def open_static(self, messenger: Messenger, sender: Sender, slug: str) -> None:
        """Ask about a login that an app's permanent link begins."""
        await self._open(messenger, sender, self.confirmation.open_static(sender, slug))

    async def open_typed(self, messenger: Messenger, sender: Sender, codes: Sequence[str]) -> None:
        """Ask about the login of a code that was typed; ``codes`` is what the text may mean."""
        key = f"{sender.bot} {sender.user_id}"
        if not codes or self.misses.count(key, 0) >= MISSES_A_DAY:
            await self.speech.say(messenger, sender, "did_not_understand")
            return
        try:
            prompt = await self.confirmation.open_typed(sender, codes)
        except LoginNotFound:
            self.misses.count(key)
            await self.speech.say(messenger, sender, "unknown_code")
        except Busy:
            raise
        except GatepostError as refusal:
            await self._refuse_link(messenger, sender, refusal)
        else:
            await self._ask(messenger, sender, prompt)

    async def _open(self, messenger: Messenger, sender: Sender, opening: Awaitable[Prompt]) -> None:
        try:
            prompt = await opening
        except Busy:
            raise
        except GatepostError as refusal:
            await self._refuse_link(messenger, sender, refusal)
            return
        await self._ask(messenger, sender, prompt)

    async def _refuse_link(self, messenger: Messenger, sender: Sender, refusal: GatepostError) -> None:
        occasion = Occasion.LINK if isinstance(refusal, ClaimedByAnother) else Occasion.TALK
        key = _REFUSALS.get(type(refusal), "unknown_link")
        await self.speech.say(messenger, sender, key, occasion)

    async def _ask(self, messenger: Messenger, sender: Sender, prompt: Prompt, *, is_again: bool = False) -> None:
        """Ask for the phone if it is missing, else whether to log in."""
        language = _language_about(prompt.login, prompt.account)
        if prompt.needs_phone:
            asks = prompts.contact(prompt, language, self.confirmation.clock.now())
            await self.replies.send(messenger, sender, asks, _occasion(prompt.login))
            return
        now, can = self.confirmation.clock.now(), messenger.capabilities
        question = prompts.question(prompt, language, now, can.most_choices, is_last_word=can.is_metered)
        if is_again:
            question = replace(question, text=f"{texts.say(language, 'once_more')}\n\n{question.text}")
        message_id = await self.replies.send(messenger, sender, question, _occasion(prompt.login))
        if message_id is not None:
            await self._retire(messenger, sender, prompt, message_id, language)

    async def _retire(
        self, messenger: Messenger, sender: Sender, prompt: Prompt, message_id: str, language: str
    ) -> None:
        """Remember the question that was sent, and take the buttons from the one before it.

        As far as that is possible now: the question is out, and asking once more would not make it better.
        """
        try:
            await self.confirmation.note_prompt(prompt, message_id)
            if prompt.earlier is not None:
                await messenger.edit(sender.chat, prompt.earlier, Message(text=texts.say(language, "asked_again")))
        except (Busy, TryLater, Refused, Unreachable, Revoked) as trouble:
            why = {"why": f"{type(trouble).__name__}: {trouble}"}
            logger.info("a question was sent and could not be noted", extra={"bot": sender.bot, **why})

    async def press(self, messenger: Messenger, pressed: Pressed) -> None:
        """Take the answer that a button is."""
        if pressed.data == prompts.PHONE_IS_MINE:
            await self._confirm_phone(messenger, pressed)
            return
        answer = prompts.read_answer(pressed.data)
        if answer is None:
            await self._refuse(messenger, pressed, "unknown_link", "expired_toast")
            return
        try:
            answered = await self._decide(pressed.sender, answer)
        except PhoneRequired:
            await self._ask_phone_again(messenger, pressed)
        except PromptExpired:
            await self._ask_again(messenger, pressed, answer)
        except (ClaimedByAnother, PromptReplaced) as refusal:
            key = "claimed_toast" if isinstance(refusal, ClaimedByAnother) else "asked_again"
            said = texts.say(await self.speech.language(pressed.sender), key)
            await self.replies.respond(messenger, pressed, said, None)
        except Busy:
            raise
        except GatepostError as refusal:
            key = _REFUSALS.get(type(refusal), "expired")
            await self._refuse(messenger, pressed, key, f"{key}_toast")
        else:
            await self._tell_end(messenger, pressed, answered)

    async def _tell_end(self, messenger: Messenger, pressed: Pressed, answered: Answered) -> None:
        """Say how a login ended; where messages cost money only if the person needs the button that takes them back."""
        language = _language_about(answered.login, answered.account)
        toast, message = prompts.toast(answered.login, language), prompts.answered(answered, language)
        try:
            await self.replies.respond(messenger, pressed, toast, message)
        except Refused:
            if message.url_button is None:
                raise
            # Some messengers take no button to a host without a dot, such as a developer's own machine.
            await self.replies.respond(messenger, pressed, toast, _in_words(message, message.url_button))
        if messenger.capabilities.is_metered and (message.url_button is not None or _has_no_page(answered.login)):
            await self.replies.send(messenger, pressed.sender, message, Occasion.LOGIN)

    async def _decide(self, sender: Sender, answer: prompts.PromptAnswer) -> Answered:
        login_id = LoginId(answer.login_id)
        match answer.verb:
            case prompts.Verb.LOGIN:
                return await self.confirmation.confirm(sender, login_id, answer.picked, answer.nonce)
            case prompts.Verb.NOT_ME:
                return await self.confirmation.refuse(sender, login_id, CancelReason.NOT_ME)
            case prompts.Verb.CANCEL:
                return await self.confirmation.refuse(sender, login_id, CancelReason.DECLINED)

    async def _refuse(self, messenger: Messenger, pressed: Pressed, key: str, toast: str) -> None:
        language = await self.speech.language(pressed.sender)
        await self.replies.respond(
            messenger, pressed, texts.say(language, toast), Message(text=texts.say(language, key))
        )

    async def _ask_phone_again(self, messenger: Messenger, pressed: Pressed) -> None:
        """Ask for the phone that this account had and lost since the prompt was sent."""
        language = await self.speech.language(pressed.sender)
        await self.replies.respond(messenger, pressed, texts.say(language, "share_contact"), None)
        await self.confirmation.ask_contact(pressed.sender)
        await self.replies.send(messenger, pressed.sender, prompts.contact_lost(language), Occasion.LOGIN)

    async def _ask_again(self, messenger: Messenger, pressed: Pressed, answer: prompts.PromptAnswer) -> None:
        """Put the question anew to a person who took too long; the old one says so."""
        said = texts.say(await self.speech.language(pressed.sender), "asked_again")
        await self.replies.respond(messenger, pressed, said, None)
        prompt = await self.confirmation.ask_again(pressed.sender, LoginId(answer.login_id))
        await self._ask(messenger, pressed.sender, prompt, is_again=True)

    async def share(self, messenger: Messenger, contact: SharedContact) -> None:
        """Take the phone that a shared contact proves, if it does."""
        sender, language = contact.sender, await self.speech.language(contact.sender)
        try:
            if contact.is_own:
                await self._go_on(messenger, sender, await self.confirmation.share_contact(sender, contact.phone))
            elif contact.is_claimed:
                await self._ask_claimed(messenger, sender, await self.confirmation.claim_phone(sender, contact.phone))
            else:
                await self._ask_contact_again(messenger, sender)
        except NotAPhone:
            sorry = Message(text=texts.say(language, "contact_not_a_phone"), contact_done=True)
            await self.replies.send(messenger, sender, sorry)
        except ContactNotAsked:
            await self.replies.send(messenger, sender, prompts.contact_not_asked(language))

    async def _ask_contact_again(self, messenger: Messenger, sender: Sender) -> None:
        language = await self.speech.language(sender)
        is_asked = await self.confirmation.is_contact_asked(sender)
        said = prompts.contact_again(language) if is_asked else prompts.contact_not_asked(language)
        await self.replies.send(messenger, sender, said)

    async def _go_on(self, messenger: Messenger, sender: Sender, prompt: Prompt | None) -> None:
        """Thank for the phone, and go on to the login that waited for it."""
        if prompt is None or not messenger.capabilities.is_metered:
            language = await self.speech.language(sender)
            thanks = texts.say(language, "contact_thanks" if prompt else "contact_thanks_idle")
            await self.replies.send(messenger, sender, Message(text=thanks, contact_done=True))
        if prompt is not None:
            await self._ask(messenger, sender, prompt)

    async def _ask_claimed(self, messenger: Messenger, sender: Sender, claim: PhoneClaim) -> None:
        """Ask in the claimed phone's own chat; who claims a phone that the messenger will not write to is asked again.

        That chat is the claimer's own one if they told the truth.
        """
        if self.claims.count(f"{sender.bot} {sender.user_id}") > CLAIMS_A_DAY:
            return
        question = prompts.phone_claim(claim, texts.spoken(claim.account.language, claim.account.told_language))
        try:
            await self.replies.send(messenger, replace(sender, chat=claim.phone), question, Occasion.LOGIN)
        except (Refused, Unreachable):
            await self._ask_contact_again(messenger, sender)

    async def _confirm_phone(self, messenger: Messenger, pressed: Pressed) -> None:
        """Take the yes of a claimed phone's own chat: since we wrote to the phone, the messenger names who answers.

        The name is the proof. A tap by anybody else, or one that was made up, is by another phone or by none.
        """
        await self.replies.respond(messenger, pressed, "", None)
        phone = pressed.sender.phone
        await self.share(messenger, SharedContact(pressed.sender, phone or "", is_own=phone is not None))

    async def refuse_in_words(self, messenger: Messenger, sender: Sender) -> None:
        """Take a typed *no* for everything that waits for an answer."""
        stopped = await self.confirmation.refuse_waiting(sender)
        key = "stopped_in_words" if stopped else "nothing_to_stop"
        answer = Message(text=texts.say(await self.speech.language(sender), key), contact_done=True)
        await self.replies.send(messenger, sender, answer)

    async def pick_in_words(self, messenger: Messenger, sender: Sender, picked: int) -> None:
        """Take a typed number for the button with it, where only one question can be meant."""
        try:
            answered = await self.confirmation.pick_in_words(sender, picked)
        except Busy:
            raise
        except GatepostError:
            answered = None
        if answered is None:
            await self.speech.say(messenger, sender, "press_the_number")
            return
        message = prompts.answered(answered, _language_about(answered.login, answered.account))
        if message.url_button is not None or not messenger.capabilities.is_metered:
            await self.replies.send(messenger, sender, message, Occasion.LOGIN)


def _has_no_page(login: Login) -> bool:
    """Tell whether nothing but the bot says how the login ended: it began with a permanent link."""
    return login.asked.grant is not None and login.asked.grant.is_static


def _occasion(login: Login) -> Occasion:
    return Occasion.LINK if _has_no_page(login) else Occasion.LOGIN


def _in_words(message: Message, button: UrlButton) -> Message:
    """Return the message with its button's address as text."""
    return Message(text=f"{message.text}\n\n{button.url}")


def _language_about(login: Login, account: Account) -> str:
    """Return the language to speak to the account in about a login: the person's own, else the website's."""
    return texts.spoken(account.language, account.told_language, login.asked.locale)
