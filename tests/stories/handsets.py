"""The same hand for every messenger: open a login's link, share a contact, tap a button, and read what the bot says.

The emulated apps have the same verbs; what differs (how a tap is seen to be answered) is told here once.
"""

from dataclasses import dataclass
from typing import Any, Final

from emulator import Emulator
from emulator.people import Person
from tests.waiting import PATIENCE

Json = dict[str, Any]

BOTS: Final = {"telegram": "town_bot", "max": "id7700000001_bot", "whatsapp": "15550001111"}
TOKENS: Final = {
    "telegram": "1000000001:town-only-worth-nothing-anywhere-else",
    "max": "max-town-only-worth-nothing-anywhere-else",
    "whatsapp": "EAAtown-only-worth-nothing-anywhere-else",
}
APP_SECRET: Final = "a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5"
PHONE_NUMBER_ID: Final = "106540352242922"

PHONE_IS_MINE = "This is my number"
"""The button in the chat of a number that somebody on WhatsApp claims."""


def move_in(emulator: Emulator) -> None:
    """Register the town's bot with each emulated messenger."""
    emulator.add_bot(BOTS["telegram"], TOKENS["telegram"])
    emulator.max.add_bot(BOTS["max"], TOKENS["max"])
    emulator.whatsapp.add_number(
        f"+{BOTS['whatsapp']}", phone_number_id=PHONE_NUMBER_ID, token=TOKENS["whatsapp"], app_secret=APP_SECRET
    )


def bot_settings(url: str, messenger: str) -> Json:
    """Return the settings of the town's bot on a messenger that is emulated at ``url``."""
    common = {"messenger": messenger, "token": TOKENS[messenger], "api_base": url}
    match messenger:
        case "telegram":
            return {"name": "tg", **common}
        case "max":
            return {"name": "max", "terms_acknowledged": True, **common}
        case "whatsapp":
            return {"name": "wa", "app_secret": APP_SECRET, "phone_number_id": PHONE_NUMBER_ID, **common}
        case other:
            raise NotImplementedError(other)


@dataclass
class Handset:
    """One messenger on everybody's phone."""

    messenger: str
    emulator: Emulator

    @property
    def app(self) -> Any:  # noqa: ANN401 - three classes with the same verbs and no common ground in types
        """The emulated app."""
        return self.emulator if self.messenger == "telegram" else getattr(self.emulator, self.messenger)

    @property
    def bot(self) -> str:
        """What the messenger calls the town's bot."""
        return BOTS[self.messenger]

    def chat(self, person: Person) -> Any:  # noqa: ANN401 - as above
        """Return the person's chat with the bot."""
        return self.app.chat(person, self.bot)

    def newest(self, person: Person) -> Any:  # noqa: ANN401 - as above
        """Return the newest message of the bot."""
        chat = self.chat(person)
        return chat.messages[chat.last_from_bot]

    def labels(self, person: Person) -> list[str]:
        """Return the buttons below the newest message."""
        rows = self.newest(person).inline_keyboard or []
        return [button["text"] for row in rows for button in row]

    async def next_message(self, person: Person, after: int) -> Any:  # noqa: ANN401 - as above
        """Wait for the bot's next message after the one numbered ``after``."""
        return await self.app.wait_for_message(person, self.bot, after=after, within=PATIENCE)

    async def open(self, person: Person, link: str) -> Any:  # noqa: ANN401 - as above
        """Open a login's link, press START or send, and return what the bot says."""
        before = self.chat(person).last_from_bot
        self.app.open_link(person, link)
        return await self.next_message(person, before)

    async def say(self, person: Person, text: str) -> Any:  # noqa: ANN401 - as above
        """Write to the bot, and return what it says."""
        before = self.chat(person).last_from_bot
        self.app.send_text(person, self.bot, text)
        return await self.next_message(person, before)

    def asks_for_contact(self, person: Person) -> bool:
        """Tell whether the newest message asks for the person's contact."""
        if self.messenger == "telegram":
            return self.chat(person).reply_keyboard is not None
        rows = self.newest(person).inline_keyboard or []
        return any(button.get("request_contact") for row in rows for button in row)

    async def share(self, person: Person) -> None:
        """Share the own contact, and wait until the question about the login follows.

        On WhatsApp who shows no number is first asked in the number's own chat whether it is theirs.
        """
        before = self.chat(person).last_from_bot
        self.app.share_contact(person, self.bot)
        await self._until_asked(person, before)
        if self.labels(person) == [PHONE_IS_MINE]:
            before = self.chat(person).last_from_bot
            await self.tap(person, PHONE_IS_MINE)
            await self._until_asked(person, before)

    async def _until_asked(self, person: Person, before: int) -> None:
        while not self.labels(person) or self.chat(person).last_from_bot == before or self.asks_for_contact(person):
            before = self.chat(person).last_from_bot
            await self.next_message(person, before)

    async def ask(self, person: Person, link: str) -> Any:  # noqa: ANN401 - as above
        """Open the link and do what it takes to be asked whether to log in."""
        await self.open(person, link)
        if self.asks_for_contact(person):
            await self.share(person)
        return self.newest(person)

    async def tap(self, person: Person, button: str) -> Json:
        """Tap a button of the newest prompt, and return the bot's answer, its message changed where it can be."""
        question = self.newest(person)
        asked = question.inline_keyboard
        tap = self.app.tap(person, self.bot, button)
        answer = await self.app.wait_for_answer(tap, within=PATIENCE)
        assert answer is not None, "the tap was not answered"
        chat = self.chat(person)
        while self.messenger != "whatsapp" and question.inline_keyboard == asked:
            before = chat.revision
            await self.app.wait_for_change(person, self.bot, revision=before, within=PATIENCE)
            assert chat.revision > before, "the message kept its buttons"
        return dict(answer)
