"""MAX as tests see it: the verbs of the people with the app, of the platform's owner, and of tests that wait."""

from typing import Any, Final

from emulator.errors import ImpossibleError
from emulator.max.behaviour import Behaviour, ExistingDialog
from emulator.max.contacts import SharedContact
from emulator.max.limits import Limits
from emulator.max.model import Bot, Chat, Message, Tap, user_id
from emulator.max.phone import MaxPhone, find_button
from emulator.max.platform import Max
from emulator.max.subscription import Subscription
from emulator.people import Person
from emulator.waiting import wait_until

WAIT_SECONDS: Final = 5.0


class MaxApp:
    """All that may be done in or to one emulated MAX. People and bots are named by objects or by id and username."""

    def __init__(self, platform: Max) -> None:
        self.platform = platform
        self._phone = MaxPhone(platform)

    def add_bot(self, username: str, token: str | None = None, first_name: str | None = None) -> Bot:
        """Register a bot; a missing token is made up."""
        return self.platform.add_bot(username, token, first_name)

    def bots(self) -> list[Bot]:
        """List the bots, oldest first."""
        return self.platform.bots()

    def user_id(self, person: Person | int) -> int:
        """Tell the person's MAX user id."""
        return user_id(self.platform.people.find(person))

    def open_link(self, person: Person | int, link: str, *, press_start: bool = True) -> Chat:
        """Open a deep link on the person's phone and press START; what an existing dialog does is `existing_dialog`."""
        return self._phone.open_link(person, link, press_start=press_start)

    def press_start(self, person: Person | int, bot: Bot | str) -> Chat:
        """Press the START button that a new or stopped dialog, or a link just opened, shows."""
        chat = self.chat(person, bot)
        self._phone.press_start(chat)
        return chat

    def tap(  # noqa: PLR0913 - every one of them is a way to say which button whose finger taps
        self,
        person: Person | int,
        bot: Bot | str,
        button: str | None = None,
        *,
        data: str | None = None,
        message_id: str | None = None,
        as_person: Person | int | None = None,
    ) -> Tap:
        """Tap the button with this text, or this payload, under a message by mid (None: the newest with buttons).

        `as_person` taps from another account. Buttons that send no data are looked up with `find_button`.
        """
        chat = self.chat(person, bot)
        message, found = find_button(chat, button, data, message_id)
        if "callback_data" not in found:
            raise ImpossibleError("not_a_callback_button", "This button sends nothing to the bot.")
        sender = chat.person if as_person is None else self.platform.people.find(as_person)
        return self._phone.tap(chat, message, found["callback_data"], sender)

    def forge_tap(
        self,
        person: Person | int,
        bot: Bot | str,
        data: str,
        *,
        message_id: str | None = None,
        as_person: Person | int | None = None,
    ) -> Tap:
        """Send a tap that no button shown makes: forged data, or a keyboard that is gone."""
        chat = self.chat(person, bot)
        if message_id is None:
            message = chat.messages.get(chat.last_from_bot)
        else:
            message = next((each for each in chat.messages.values() if each.id == message_id), None)
        sender = chat.person if as_person is None else self.platform.people.find(as_person)
        return self._phone.tap(chat, message, data, sender)

    def share_contact(self, person: Person | int, bot: Bot | str, contact: SharedContact | None = None) -> Message:
        """Share the person's own contact by the button, or another one as described."""
        return self._phone.share_contact(self.chat(person, bot), contact)

    def send_text(self, person: Person | int, bot: Bot | str, text: str, *, is_forwarded: bool = False) -> Message:
        """Write to the bot, or forward a text to it from another chat."""
        return self._phone.send_text(self.chat(person, bot), text, is_forwarded=is_forwarded)

    def block(self, person: Person | int, bot: Bot | str) -> None:
        """Stop the bot."""
        self._phone.block(self.chat(person, bot))

    def unblock(self, person: Person | int, bot: Bot | str) -> None:
        """Start a stopped bot again, without a payload."""
        self._phone.unblock(self.chat(person, bot))

    def chat(self, person: Person | int, bot: Bot | str) -> Chat:
        """Find the dialog of a person with a bot."""
        return self.platform.chat(person, bot)

    def inject(self, bot: Bot | str, update: dict[str, Any]) -> None:
        """Give a bot any update, whatever kinds it asked for; a missing timestamp is now."""
        if not isinstance(update.get("update_type"), str):
            raise ImpossibleError("bad_update", "An update needs an update_type.")
        body = {"timestamp": self.platform.now_ms(), **update}
        self.platform.add_update(self.platform.bot(bot), body, None)

    async def wait_for_message(
        self, person: Person | int, bot: Bot | str, *, after: int = 0, within: float = WAIT_SECONDS
    ) -> Message:
        """Wait for a message of the bot numbered above `after`, at most `within` seconds; return the first such."""
        chat = self.chat(person, bot)
        await wait_until(chat.changed, lambda: chat.last_from_bot > after, within)
        for message in chat.messages.values():
            if message.number > after and message.sender is None:
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
        """Wait for the bot's answer to a tap, the notification as its text; None when there is none in time."""
        await wait_until(tap.answered, lambda: tap.answer is not None, within)
        return tap.answer

    async def wait_for_poll(self, bot: Bot | str, *, within: float = WAIT_SECONDS) -> bool:
        """Wait until the bot's poll waits for news, so that the bot is up; tell whether it does."""
        updates = self.platform.bot(bot).updates
        return await wait_until(updates.polled, lambda: updates.is_polled, within)

    async def wait_for_subscription(self, bot: Bot | str, *, within: float = WAIT_SECONDS) -> bool:
        """Wait until the bot has a subscription; tell whether it has."""
        bot = self.platform.bot(bot)
        return await wait_until(bot.subscribed, lambda: bool(bot.subscriptions), within)

    async def wait_for_failures(self, bot: Bot | str, *, times: int = 1, within: float = WAIT_SECONDS) -> bool:
        """Wait until so many deliveries to the bot's subscriptions have failed; tell whether they have.

        Only then is it of use to advance the clock to the next try.
        """
        bot = self.platform.bot(bot)
        return await wait_until(bot.subscribed, lambda: _failures(bot) >= times, within)

    async def wait_for_deliveries(self, bot: Bot | str, *, times: int = 1, within: float = WAIT_SECONDS) -> bool:
        """Wait until so many deliveries to the bot's subscriptions were taken; tell whether they were."""
        bot = self.platform.bot(bot)
        return await wait_until(bot.subscribed, lambda: _deliveries(bot) >= times, within)

    def subscriptions(self, bot: Bot | str) -> list[Subscription]:
        """List a bot's subscriptions, oldest first."""
        return list(self.platform.bot(bot).subscriptions.values())

    def drop_subscriptions(self, bot: Bot | str) -> None:
        """End all subscriptions of a bot without telling it, as the platform does after hours of failures."""
        bot = self.platform.bot(bot)
        for subscription in self.subscriptions(bot):
            self.platform.webhooks.stop(bot, subscription)

    def revoke(self, bot: Bot | str) -> None:
        """Make the bot's token invalid."""
        self.platform.revoke(self.platform.bot(bot))

    def reissue(self, bot: Bot | str, token: str | None = None) -> str:
        """Give the bot another token (None: made up) and return it; the old one is invalid from now on."""
        return self.platform.reissue(self.platform.bot(bot), token)

    @property
    def limits(self) -> Limits:
        """The rates of calls, to be changed in place."""
        return self.platform.limits

    @property
    def behaviour(self) -> Behaviour:
        """What is uncertain of the platform, to be changed in place."""
        return self.platform.behaviour

    @property
    def existing_dialog(self) -> ExistingDialog:
        """What a deep link does in a dialog that is started already."""
        return self.platform.behaviour.existing_dialog

    @existing_dialog.setter
    def existing_dialog(self, wanted: ExistingDialog) -> None:
        self.platform.behaviour.existing_dialog = wanted

    def release(self) -> None:
        """End every poll, so that a server can stop."""
        self.platform.release()

    async def clear(self) -> None:
        """Forget all bots, their dialogs, and what was changed of limits and behaviour."""
        await self.platform.clear()

    async def close(self) -> None:
        """End every poll and the deliveries to webhooks."""
        self.release()
        await self.platform.webhooks.close()


def _deliveries(bot: Bot) -> int:
    return sum(subscription.delivered for subscription in bot.subscriptions.values())


def _failures(bot: Bot) -> int:
    return sum(subscription.failures for subscription in bot.subscriptions.values())
