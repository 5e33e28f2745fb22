"""How a bot says a sentence to a person: in their language, within its messenger's manners."""

from collections.abc import Mapping
from dataclasses import dataclass

from gatepost.bots import texts
from gatepost.bots.replies import Replies
from gatepost.core.flows.subscribe import Subscribe
from gatepost.core.model.message import Message
from gatepost.core.model.person import Sender
from gatepost.core.ports import Messenger


@dataclass(frozen=True, slots=True)
class Speech:
    """Says sentences of ``texts``."""

    subscribe: Subscribe
    replies: Replies

    async def say(self, messenger: Messenger, sender: Sender, key: str, *, is_about_login: bool = False) -> None:
        """Say the text ``key``; raises what ``Messenger.send`` raises."""
        said = Message(text=texts.say(await self.language(sender), key))
        await self.replies.send(messenger, sender, said, is_about_login=is_about_login)

    async def language(self, sender: Sender) -> str:
        """Return the language to speak to the person in."""
        return texts.spoken(*await self.subscribe.languages_of(sender))


def own_text(written: Mapping[str, str], language: str) -> str | None:
    """Return what an app wrote, in the language or else in one it wrote in; ``None`` if it wrote nothing."""
    return written.get(language) or written.get(texts.FALLBACK) or next(iter(written.values()), None)
