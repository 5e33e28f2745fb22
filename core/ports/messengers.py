"""What is asked of messengers: to bring messages and to hand over updates; and what is kept of them.

One adapter is one bot's connection (``Messenger``); what can go wrong with it is one of the exceptions here, whatever
the messenger. The repositories keep updates until they are worked on, and what adapters must remember.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.model.ids import BotName
from core.model.messages.bot import Bot, Capabilities, StartLink
from core.model.messages.message import Heard, Message, Pressed, Update
from core.model.people.person import MessengerName


class InboxRepository(Protocol):
    """The updates of messengers: kept until they are worked on, their keys a while longer."""

    def take(self, update: Update, sealed: bytes, now: datetime) -> bool:
        """Keep an update, its body sealed; return False, changing nothing, if one with its key came before."""
        ...

    def done(self, bot: BotName, keys: Sequence[str]) -> None:
        """Note that these updates were worked on, and erase their bodies; their keys stay."""
        ...

    def waiting(self, bot: BotName, after: str | None, limit: int) -> Sequence[tuple[str, bytes]]:
        """List keys and sealed bodies of the bot's updates not worked on, oldest first, from behind key ``after``."""
        ...

    def forget(self, taken_before: datetime, limit: int) -> int:
        """Forget at most ``limit`` updates taken before; return how many."""
        ...


class BotRepository(Protocol):
    """What messengers call our bots, and what their adapters must remember."""

    def username(self, bot: BotName) -> str | None:
        """Return the bot's username as last heard from its messenger."""
        ...

    def put_username(self, bot: BotName, username: str) -> None:
        """Remember what the messenger calls the bot."""
        ...

    def marker(self, bot: BotName) -> str | None:
        """Return how far the bot has read its updates, as its adapter noted it."""
        ...

    def put_marker(self, bot: BotName, marker: str) -> None:
        """Note how far the bot has read its updates; the bot was reached before."""
        ...


class Unreachable(Exception):
    """The messenger will not bring messages to this chat: blocked, gone, or never opened."""


class WindowClosed(Unreachable):
    """The messenger brings only answers, and the person has not written for too long; they are well otherwise."""


class TryLater(Exception):
    """Not now: too many, or the messenger is not there. ``after`` is in seconds."""

    def __init__(self, after: float, why: str) -> None:
        super().__init__(why)
        self.after = after


class TooMany(TryLater):
    """We are too fast: the messenger, or our own pace, asks for a pause of ``after`` seconds, and is well otherwise."""


class ChatBusy(TryLater):
    """Too much goes into this one chat, which is to be left alone for ``after`` seconds; all others are well."""


class Refused(Exception):
    """The messenger does not accept this call, and will not accept it again; the text says why."""


class Unsure(Exception):
    """The call went out and no proper answer came: it may have been done. Only ``deliver`` raises it."""


class Revoked(Exception):
    """The messenger does not let the bot work (token, payment, a lock): only the operator can help."""


Take = Callable[[Sequence[Update]], Awaitable[None]]
"""Keeps updates for good; once it returned, the messenger may forget them."""


class Messenger(Protocol):
    """One bot's connection to its messenger. It translates and does not think."""

    @property
    def bot(self) -> BotName:
        """The operator's name for the bot."""
        ...

    @property
    def name(self) -> MessengerName:
        """The messenger that the bot is in."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What the messenger can do, and what its messages cost."""
        ...

    async def connect(self) -> str:
        """Greet the messenger and return the bot's username; raise ``TryLater``, ``Refused`` or ``Revoked``."""
        ...

    async def username(self) -> str:
        """Ask the messenger what it calls the bot now: others own that name, and can change it. Raises as ``connect``.

        For WhatsApp it is the number's digits.
        """
        ...

    async def run(self, take: Take, up: Callable[[], None]) -> None:
        """Hand over the messenger's updates until cancelled, calling ``up`` while it is well; raise as ``connect``."""
        ...

    async def accept(self, headers: Mapping[str, str], body: bytes, take: Take) -> None:
        """Hand over updates posted to our webhook; raise ``WebhookRefused`` if it was not the messenger who did."""
        ...

    def greet(self, query: Mapping[str, str]) -> str:
        """Answer a messenger that asks whether our webhook is ours; raise ``WebhookRefused``."""
        ...

    def translate(self, update: Update) -> Heard | None:
        """Return what an update says; ``None`` if that does not concern us. Raises anything for a broken update."""
        ...

    async def send(self, chat: str, message: Message) -> str:
        """Send to a chat and return the messenger's id of the message.

        Raises ``Unreachable``, ``TryLater``, ``Refused`` or ``Revoked``.
        """
        ...

    async def turn(self) -> None:
        """Wait for a turn among all the bot's calls that no conversation needs: a message of a site goes with one."""
        ...

    async def deliver(self, chat: str, message: Message) -> str:
        """Send once and never again what may have been sent, and return the message's id (the last, if it takes two).

        The caller has waited for a ``turn``.
        Raise ``Unsure``, ``WindowClosed``, or as ``send`` does: then nothing was sent.
        """
        ...

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Replace a message we sent; a message that is gone or already so is no error. Raises as ``send`` does."""
        ...

    async def respond(self, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Answer a tap with a short note, and replace the message it was under unless ``message`` is ``None``."""
        ...


class Messengers(Protocol):
    """The connections by which messages of sites go out."""

    def names(self) -> Sequence[BotName]:
        """List the bots this daemon runs."""
        ...

    def messenger(self, bot: BotName) -> Messenger | None:
        """Return a bot's connection to its messenger; ``None`` while it is not reached."""
        ...


class Links(Protocol):
    """The addresses at which people can open the bots."""

    def bots(self) -> Sequence[Bot]:
        """List the bots this daemon runs."""
        ...

    def is_away(self, bot: BotName, now: datetime) -> bool:
        """Tell whether the bot has not been reached for so long that no person should be sent there."""
        ...

    def link(self, bot: BotName, invitation: StartLink) -> str | None:
        """Return the address that opens the bot for a login; ``None`` until the bot was first reached."""
        ...

    def app_link(self, bot: BotName, invitation: StartLink) -> str | None:
        """Return the address that opens the messenger's app itself, ``None`` where ``link`` does that."""
        ...
