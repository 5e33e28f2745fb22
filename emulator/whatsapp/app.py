"""WhatsApp as tests and the control API use it: business numbers, what people do in the app, and rare webhooks.

People are named by their objects or ids, numbers by their objects, digits or phone number ids. Call everything on the
thread of the event loop that serves the emulator.
"""

from random import Random  # noqa: TID251 - only the type; the one source of randomness is made in emulator.py
from typing import Any, Final, Literal, Unpack

from emulator.errors import ImpossibleError
from emulator.faults import Faults
from emulator.people import People, Person
from emulator.waiting import Clock, wait_until
from emulator.whatsapp import payloads
from emulator.whatsapp.accounts import set_callback
from emulator.whatsapp.contacts import WhatsAppContact
from emulator.whatsapp.errors import webhook_error
from emulator.whatsapp.identity import Identity, username_for
from emulator.whatsapp.limits import Limits
from emulator.whatsapp.model import Chat, Message, Number, Signature, Tap, Template
from emulator.whatsapp.phone import TextDetails, WhatsAppPhone, checked_text, find_button, find_message
from emulator.whatsapp.platform import NumberDetails, WhatsApp
from emulator.whatsapp.templates import is_template_name

WAIT_SECONDS: Final = 5.0

Json = dict[str, Any]


class WhatsAppApp:
    """One emulated WhatsApp with both its sides. Close it when done."""

    def __init__(self, people: People, clock: Clock, chance: Random, faults: Faults) -> None:
        self.platform = WhatsApp(people, clock, chance, faults)
        self._phone = WhatsAppPhone(self.platform)

    def add_number(self, phone: str, **details: Unpack[NumberDetails]) -> Number:
        """Register a business number; what is not said of it is made up."""
        return self.platform.add_number(phone, **details)

    def numbers(self) -> list[Number]:
        """List the business numbers, oldest first."""
        return self.platform.numbers()

    def number(self, number: Number | str) -> Number:
        """Find a business number."""
        return self.platform.number(number)

    def add_template(self, number: Number | str, template: Template) -> None:
        """Have a message template approved."""
        if not is_template_name(template.name):
            raise ImpossibleError("bad_template", "A template's name is 1 to 512 of a-z, 0-9 and underscores.")
        self.number(number).templates[template.name, template.language] = template

    async def subscribe(self, number: Number | str, url: str, verify_token: str, *, with_account: bool = True) -> None:
        """Save a callback, which must answer the challenge; without the account nothing is delivered yet."""
        number = self.number(number)
        await set_callback(self.platform, number, url, verify_token)
        number.is_subscribed = number.is_subscribed or with_account

    def revoke(self, number: Number | str) -> None:
        """Make the token of a number worthless."""
        self.platform.revoke(self.number(number).token)

    def ban(self, person: Person | int, number: Number | str, *, is_banned: bool = True) -> None:
        """Let the business block a person: messages to them fail with 130403, theirs do not arrive."""
        self.chat(person, number).is_banned = is_banned

    def fail_next(self, number: Number | str, *codes: int) -> None:
        """Let the next messages be accepted and then fail with these codes, one after the other."""
        self.number(number).failures.extend(codes)

    def open_link(self, person: Person | int, link: str, *, press_send: bool = True) -> Chat:
        """Open a link on the person's phone and press send, if it brings a text."""
        chat = self._phone.open_link(person, link)
        if press_send and chat.draft:
            self._phone.send_draft(chat, None)
        return chat

    def send_draft(self, person: Person | int, number: Number | str, text: str | None = None) -> Message:
        """Press send on the draft a link has left, after changing it to `text` unless that is None."""
        return self._phone.send_draft(self.chat(person, number), text)

    def send_text(
        self, person: Person | int, number: Number | str, text: str, **details: Unpack[TextDetails]
    ) -> Message:
        """Write to the business; a forwarded, grouped or stale text is described by `details`."""
        return self._phone.send_text(self.chat(person, number), text, **details)

    def tap(  # noqa: PLR0913 - every one of them is a way to say which button whose finger taps
        self,
        person: Person | int,
        number: Number | str,
        button: str | None = None,
        *,
        data: str | None = None,
        message_id: str | int | None = None,
        as_person: Person | int | None = None,
    ) -> Tap:
        """Tap the button with this text, or this reply id, under a message (None: the newest with buttons).

        `as_person` taps from another account. Buttons that send no data are looked up with `find_button`.
        """
        chat = self.chat(person, number)
        if chat.is_blocked:
            raise ImpossibleError("blocked", "The number is blocked: unblock it first.")
        message, found = find_button(chat, button, data, message_id)
        if "callback_data" not in found:
            raise ImpossibleError("not_a_callback_button", "This button sends nothing to the business.")
        sender = chat.person if as_person is None else self.platform.people.find(as_person)
        return self._phone.tap(chat, found["callback_data"], message=message, wamid=message.id, sender=sender)

    def forge_tap(
        self,
        person: Person | int,
        number: Number | str,
        data: str,
        *,
        message_id: str | int | None = None,
        as_person: Person | int | None = None,
    ) -> Tap:
        """Send a tap that no button shown makes: any data, and any wamid (None: the business's newest message)."""
        chat = self.chat(person, number)
        message = find_message(chat, chat.last_from_bot if message_id is None else message_id)
        found = None if message is None else message.id
        wamid = message_id if isinstance(message_id, str) else found
        sender = chat.person if as_person is None else self.platform.people.find(as_person)
        return self._phone.tap(chat, data, message=message, wamid=wamid, sender=sender)

    def share_contact(
        self, person: Person | int, number: Number | str, contact: WhatsAppContact | None = None
    ) -> Message:
        """Share the person's own contact by the business's button, or another one as described."""
        return self._phone.share_contact(self.chat(person, number), contact or WhatsAppContact())

    def send_unsupported(self, person: Person | int, number: Number | str) -> Message:
        """Send something the API does not know."""
        return self._phone.send_unsupported(self.chat(person, number))

    def read(self, person: Person | int, number: Number | str) -> None:
        """Look into the chat: what the business wrote is read. Sending something does that by itself."""
        self._phone.read(self.chat(person, number))

    def block(self, person: Person | int, number: Number | str) -> None:
        """Block the number, which is told only by its messages failing with 131026."""
        chat = self.chat(person, number)
        if chat.is_blocked:
            raise ImpossibleError("blocked_already", "The number is blocked already.")
        chat.is_blocked = True
        chat.touch()

    def unblock(self, person: Person | int, number: Number | str) -> None:
        """Unblock the number."""
        chat = self.chat(person, number)
        if not chat.is_blocked:
            raise ImpossibleError("not_blocked", "The number is not blocked.")
        chat.is_blocked = False
        chat.touch()

    def change_number(self, person: Person | int, number: Number | str, new_phone: str) -> None:
        """Give the person a new phone number and so a new BSUID, and tell the business `number` of it."""
        digits = "".join(character for character in new_phone if character.isdigit())
        if not digits:
            raise ImpossibleError("bad_phone", f"{new_phone!r} is not a phone number.")
        self._phone.change_identity(self.chat(person, number), digits)

    def change_user_id(self, person: Person | int, number: Number | str) -> None:
        """Give the person a new BSUID alone, and tell the business `number` of it."""
        self._phone.change_identity(self.chat(person, number), None)

    def identity(self, person: Person | int) -> Identity:
        """Find what WhatsApp knows of a person, to be changed in place."""
        return self.platform.identities.of(self.platform.people.find(person))

    def bsuid(self, person: Person | int, number: Number | str) -> str:
        """Tell the BSUID a business knows a person by; it is the same for all numbers of the emulator."""
        self.number(number)
        return self.identity(person).user_id

    def hide_phone(self, person: Person | int) -> None:
        """Let the person adopt a username: webhooks name no phone until the business writes to it."""
        identity = self.identity(person)
        identity.is_phone_hidden, identity.is_legacy = True, False
        identity.username = identity.username or username_for(identity.person)
        for chat in self.platform.chats_of(identity.person):
            chat.phone_known_until = 0.0

    def legacy(self, person: Person | int) -> None:
        """Let webhooks name the person by phone alone, as before there were BSUIDs."""
        self.show_all(person)
        self.identity(person).is_legacy = True

    def show_all(self, person: Person | int) -> None:
        """Let webhooks name the person by phone and BSUID, as they do at first; a username is given up."""
        identity = self.identity(person)
        identity.is_phone_hidden, identity.is_legacy, identity.username = False, False, ""

    def text_value(self, person: Person | int, number: Number | str, text: str, **details: Unpack[TextDetails]) -> Json:
        """Make the value of a text that was not sent, to be changed and injected."""
        chat = self.chat(person, number)
        body = {"id": self.platform.new_wamid(), **self._phone.text_body(checked_text(text), **details)}
        shows_phone = self.platform.shows_phone(chat)
        return payloads.message_value(chat.number, self.identity(person), body, shows_phone=shows_phone)

    def inject(self, number: Number | str, value: Json, *, signature: Signature = "good") -> None:
        """Post any value to the callback of a number, signed with the app secret, with another one or not at all."""
        self.platform.webhooks.send(self.number(number), value, signature=signature)

    def tell_trouble(self, number: Number | str, code: int) -> None:
        """Post a value that holds nothing but an error of the account."""
        number = self.number(number)
        self.inject(number, payloads.value_for(number, errors=[webhook_error(code)]))

    def repeat(self, number: Number | str) -> None:
        """Post the last body once more, byte for byte."""
        if not self.platform.webhooks.repeat(self.number(number)):
            raise ImpossibleError("nothing_to_repeat", "Nothing was posted for this number yet.")

    def hold(self) -> None:
        """Gather all webhooks until they are released together."""
        self.platform.webhooks.hold()

    def release_held(self) -> int:
        """Post what was gathered in batches of at most 1000 updates and 3 MB; tell how many bodies that makes."""
        return self.platform.webhooks.release_held()

    def chat(self, person: Person | int, number: Number | str) -> Chat:
        """Find the chat of a person with a number."""
        return self.platform.chat(person, number)

    async def wait_for_message(
        self, person: Person | int, number: Number | str, *, after: int = 0, within: float = WAIT_SECONDS
    ) -> Message:
        """Wait for a business message with a number above `after`, at most `within` seconds; return the first such."""
        chat = self.chat(person, number)
        if chat.last_from_bot <= after:
            await wait_until(chat.changed, lambda: chat.last_from_bot > after, within)
        for message in chat.messages.values() if chat.last_from_bot > after else ():
            if message.number > after and message.sender is None:
                return message
        raise ImpossibleError("no_message", f"The business sent nothing within {within:g} seconds.")

    async def wait_for_change(
        self, person: Person | int, number: Number | str, *, revision: int, within: float = WAIT_SECONDS
    ) -> Chat:
        """Wait until anything changed in the chat since it had this revision, or the time is up."""
        chat = self.chat(person, number)
        await wait_until(chat.changed, lambda: chat.revision > revision, within)
        return chat

    async def wait_for_answer(self, tap: Tap, *, within: float = WAIT_SECONDS) -> dict[str, Literal[True]] | None:
        """Wait until the business has read a tap: {"read": True}; None when it has not in time."""
        await wait_until(tap.answered, lambda: tap.answer is not None, within)
        return tap.answer

    @property
    def limits(self) -> Limits:
        """The rates of sending, to be changed in place."""
        return self.platform.limits

    def release(self) -> None:
        """Forget what is held back, so that a server can stop without waiting."""
        self.platform.webhooks.drop_held()

    async def clear(self) -> None:
        """Forget all numbers and everything people did with them."""
        await self.platform.clear()

    async def close(self) -> None:
        """End the deliveries of webhooks."""
        await self.platform.webhooks.close()
