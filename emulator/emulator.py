"""The emulator itself: people with phones, the messengers on them, and everything a test may do to either.

The control API calls these methods one-to-one, and programs that embed the emulator call them directly, on the thread
of the event loop that serves it. People and bots are named by their objects or by id and username.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random  # noqa: TID251 - the emulator knows no core.entropy; this is its only source of chance
from typing import Any, Final, TypedDict, Unpack

from emulator.bots import AnyBot
from emulator.calls import Call, CallLog
from emulator.errors import ImpossibleError
from emulator.faults import Fault, FaultRule, Faults
from emulator.max.app import MaxApp
from emulator.max.platform import Max
from emulator.people import People, Person
from emulator.telegram.limits import Limits
from emulator.telegram.model import Bot, Chat, Message, Tap
from emulator.telegram.phone import TelegramPhone, find_button
from emulator.telegram.platform import Telegram
from emulator.waiting import Clock, wait_until
from emulator.whatsapp.app import WhatsAppApp

WAIT_SECONDS: Final = 5.0


class PersonDetails(TypedDict, total=False):
    """What may be said of a new person; everything has a default."""

    id: int
    first_name: str
    last_name: str
    username: str
    phone: str
    language_code: str


class FaultTarget(TypedDict, total=False):
    """Which calls a fault strikes: "*" (the default) matches all; `count` None means until cleared."""

    messenger: str
    method: str
    bot: str
    skip: int
    count: int | None


@dataclass(frozen=True, slots=True)
class SharedContact:
    """A contact that is not simply the person's own, shared by the button.

    `owner` is whose it is (None: the person's own), `phone_number` is sent as it stands when given, and without
    `has_user_id` it names no account. `is_attached` sends it by hand instead of by the keyboard's button,
    `is_forwarded` from another chat.
    """

    owner: Person | int | None = None
    phone_number: str | None = None
    has_user_id: bool = True
    is_attached: bool = False
    is_forwarded: bool = False


class Emulator:
    """All that is emulated. Close it when done.

    `now` tells seconds since 1970, `seed` makes ids and tokens repeatable, `log_size` is how many calls are kept
    (0: none), `phone_plus` puts a plus sign before the numbers of shared contacts, `has_limits` switches the rates of
    sending on. The verbs here are Telegram's; `max` and `whatsapp` have those of MAX and WhatsApp.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] | None = None,
        seed: int | None = None,
        log_size: int = 1000,
        phone_plus: bool = False,
        has_limits: bool = False,
    ) -> None:
        chance = Random(seed)  # noqa: S311 - made-up ids guard nothing
        self.clock = Clock(now)
        self.people = People(chance)
        self.faults = Faults()
        self.call_log = CallLog(log_size)
        self.phone_plus = phone_plus
        self.telegram = Telegram(self.people, self.clock, chance, self.faults)
        self.telegram.limits.is_on = has_limits
        self._phone = TelegramPhone(self.telegram)
        self.max = MaxApp(Max(self.people, self.clock, chance, self.faults))
        self.max.limits.is_on = has_limits
        self.whatsapp = WhatsAppApp(self.people, self.clock, chance, self.faults)
        self.whatsapp.limits.is_on = has_limits

    def add_bot(self, username: str, token: str | None = None, first_name: str | None = None) -> Bot:
        """Register a Telegram bot; a missing token is made up."""
        return self.telegram.add_bot(username, token, first_name)

    def bots(self) -> list[AnyBot]:
        """List the bots of all messengers, each messenger's oldest first."""
        return [*self.telegram.bots(), *self.max.bots(), *self.whatsapp.numbers()]

    def add_person(self, **details: Unpack[PersonDetails]) -> Person:
        """Make a person with a phone; `phone` may be written with a plus sign and spaces."""
        phone = "".join(character for character in details.get("phone", "") if character.isdigit())
        return self.people.add(
            Person(
                id=details.get("id") or self.people.new_id(),
                first_name=details.get("first_name") or "Anna",
                last_name=details.get("last_name", ""),
                username=details.get("username", ""),
                phone=phone or self.people.new_phone(),
                language_code=details.get("language_code", "en"),
            )
        )

    def open_link(self, person: Person | int, link: str, *, press_start: bool = True) -> Chat:
        """Open a deep link on the person's phone and press START, which also unblocks the bot."""
        return self._phone.open_link(person, link, press_start=press_start)

    def press_start(self, person: Person | int, bot: Bot | str) -> Message:
        """Press the START button that a new or blocked chat, or a link just opened, shows."""
        return self._phone.press_start(self.chat(person, bot))

    def tap(  # noqa: PLR0913 - every one of them is a way to say which button whose finger taps
        self,
        person: Person | int,
        bot: Bot | str,
        button: str | None = None,
        *,
        data: str | None = None,
        message_id: int | None = None,
        as_person: Person | int | None = None,
    ) -> Tap:
        """Tap the button with this text, or this callback data, under a message (None: the newest with buttons).

        `as_person` taps from another account. Buttons that send no data are looked up with `find_button`.
        """
        chat = self.chat(person, bot)
        message, found = find_button(chat, button, data, message_id)
        if "callback_data" not in found:
            raise ImpossibleError("not_a_callback_button", "This button sends nothing to the bot.")
        sender = chat.person if as_person is None else self.people.find(as_person)
        return self._phone.tap(chat, message, found["callback_data"], sender)

    def forge_tap(
        self,
        person: Person | int,
        bot: Bot | str,
        data: str,
        *,
        message_id: int | None = None,
        as_person: Person | int | None = None,
    ) -> Tap:
        """Send a tap that no button shown makes: forged data, or a keyboard that is gone."""
        chat = self.chat(person, bot)
        message = chat.messages.get(chat.last_from_bot if message_id is None else message_id)
        sender = chat.person if as_person is None else self.people.find(as_person)
        return self._phone.tap(chat, message, data, sender)

    def share_contact(self, person: Person | int, bot: Bot | str, contact: SharedContact | None = None) -> Message:
        """Share the person's own contact by the keyboard's button, or another one as described."""
        chat = self.chat(person, bot)
        shared = contact or SharedContact()
        owner = chat.person if shared.owner is None else self.people.find(shared.owner)
        described = {"phone_number": shared.phone_number or ("+" if self.phone_plus else "") + owner.phone}
        described["first_name"] = owner.first_name
        if owner.last_name:
            described["last_name"] = owner.last_name
        body: dict[str, Any] = {**described, "user_id": owner.id} if shared.has_user_id else dict(described)
        is_own = owner is chat.person and shared.phone_number is None and shared.has_user_id
        return self._phone.share_contact(
            chat, body, attached=shared.is_attached or not is_own, forwarded=shared.is_forwarded
        )

    def send_text(self, person: Person | int, bot: Bot | str, text: str) -> Message:
        """Write to the bot; the text of a reply keyboard's button is sent the same way."""
        return self._phone.send_text(self.chat(person, bot), text)

    def block(self, person: Person | int, bot: Bot | str) -> None:
        """Block the bot."""
        self._phone.block(self.chat(person, bot))

    def unblock(self, person: Person | int, bot: Bot | str) -> None:
        """Unblock the bot."""
        self._phone.unblock(self.chat(person, bot))

    def chat(self, person: Person | int, bot: Bot | str) -> Chat:
        """Find the chat of a person with a bot."""
        return self.telegram.chat(person, bot)

    async def wait_for_message(
        self, person: Person | int, bot: Bot | str, *, after: int = 0, within: float = WAIT_SECONDS
    ) -> Message:
        """Wait for a message of the bot with an id above `after`, at most `within` seconds; return the first such."""
        chat = self.chat(person, bot)
        if chat.last_from_bot <= after:
            await wait_until(chat.changed, lambda: chat.last_from_bot > after, within)
        for message in chat.messages.values() if chat.last_from_bot > after else ():
            if message.id > after and message.sender is None:
                return message
        raise ImpossibleError("no_message", f"The bot sent nothing within {within:g} seconds.")

    async def wait_for_change(
        self, person: Person | int, bot: Bot | str, *, revision: int, within: float = WAIT_SECONDS
    ) -> Chat:
        """Wait until anything changed in the chat since it had this revision (an edit, say), or the time is up."""
        chat = self.chat(person, bot)
        await wait_until(chat.changed, lambda: chat.revision > revision, within)
        return chat

    async def wait_for_answer(self, tap: Tap, *, within: float = WAIT_SECONDS) -> dict[str, Any] | None:
        """Wait for the bot's answer to a tap: text, show_alert and url; None when there is none in time."""
        await wait_until(tap.answered, lambda: tap.answer is not None, within)
        return tap.answer

    async def wait_for_poll(self, bot: Bot | str, *, within: float = WAIT_SECONDS) -> bool:
        """Wait until the bot's long poll waits for news, so that the bot is up; tell whether it does."""
        updates = self.telegram.bot(bot).updates
        return await wait_until(updates.polled, lambda: updates.is_polled, within)

    async def wait_for_fault(self, rule: FaultRule, *, times: int = 1, within: float = WAIT_SECONDS) -> bool:
        """Wait until a fault has struck so many times; tell whether it has."""
        return await wait_until(self.faults.struck, lambda: rule.times >= times, within)

    def calls(self, *, messenger: str | None = None, bot: str | None = None, method: str | None = None) -> list[Call]:
        """List the calls bots made, oldest first; None matches all."""
        return self.call_log.find(messenger, bot, method)

    def add_fault(self, fault: Fault, **target: Unpack[FaultTarget]) -> FaultRule:
        """Put a fault in force for the calls described, for one call when no count is given."""
        rule = FaultRule(
            0,
            fault,
            messenger=target.get("messenger", "*"),
            method=target.get("method", "*"),
            bot=target.get("bot", "*"),
            skip=target.get("skip", 0),
            left=target.get("count", 1),
        )
        return self.faults.add(rule)

    def clear_faults(self, rule_id: int | None = None) -> None:
        """Lift one fault, or all of them and the outage; calls that hang lose their connection."""
        self.faults.clear(rule_id)

    def outage(self, status: int | None) -> None:
        """Refuse every call with this status; None ends the outage."""
        self.faults.outage = status

    def advance(self, seconds: float) -> float:
        """Move the clock forward and tell the new time."""
        return self.clock.advance(seconds)

    @property
    def limits(self) -> Limits:
        """The rates of sending, to be changed in place."""
        return self.telegram.limits

    def release(self) -> None:
        """Let go of every call that waits, so that a server can stop."""
        self.telegram.release()
        self.max.release()
        self.whatsapp.release()
        self.faults.cleared.ring()

    async def reset(self) -> None:
        """Forget all people and everything but the time the clock was advanced by."""
        self.clear_faults()
        await self.telegram.clear()
        await self.max.clear()
        await self.whatsapp.clear()
        self.people.clear()
        self.call_log.clear()

    async def close(self) -> None:
        """Let go of every call and end the deliveries to webhooks."""
        self.release()
        await self.telegram.webhooks.close()
        await self.max.close()
        await self.whatsapp.close()
