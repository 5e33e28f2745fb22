"""How a bot says a sentence to a person: in their language, within its messenger's manners."""

from collections.abc import Mapping
from dataclasses import dataclass

from bots.talk import texts
from bots.talk.replies import Replies
from core.model.messages.message import Message
from core.model.people.person import Sender
from core.ports.messengers import Messenger
from core.subscribers.membership import Subscribe


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
