"""Everything the core asks of the world, on two pages.

A unit of work is a plain function of a ``Unit``: ``await store.write(confirm)``. It cannot await, so nobody can wait
for the network inside a transaction. An exception rolls the unit back. Not found is ``None``; a change of state is a
compare-and-swap that says whether it won.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from core.broadcast_repository import Broadcasts
from core.delivery_log_repository import DeliveryLog
from core.lanes_repository import Lanes
from core.model.bot import Bot, Invitation, Manners
from core.model.ids import BotName
from core.model.message import Heard, Message, Pressed, Update
from core.model.person import MessengerName
from core.model.webhook import Answer
from core.one_time_codes_repository import OneTimeCodes
from core.repositories import (
    Apps,
    Bots,
    Events,
    Inbox,
    Logins,
    Outbox,
    People,
    Receipts,
    SigningKeys,
    Subscriptions,
    Webhooks,
)
from core.schedule_repositories import Drips, RecurringMessages, ScheduledMessages

T = TypeVar("T")


class Unit(Protocol):
    """One transaction, seen from inside."""

    @property
    def logins(self) -> Logins:
        """The logins."""
        ...

    @property
    def people(self) -> People:
        """The people."""
        ...

    @property
    def subscriptions(self) -> Subscriptions:
        """The subscriptions."""
        ...

    @property
    def apps(self) -> Apps:
        """The apps."""
        ...

    @property
    def signing_keys(self) -> SigningKeys:
        """The signing keys."""
        ...

    @property
    def inbox(self) -> Inbox:
        """The inbox."""
        ...

    @property
    def events(self) -> Events:
        """The events."""
        ...

    @property
    def receipts(self) -> Receipts:
        """The receipts."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """The webhooks."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The outbox."""
        ...

    @property
    def bots(self) -> Bots:
        """The bots."""
        ...

    @property
    def one_time_codes(self) -> OneTimeCodes:
        """The one-time codes."""
        ...

    @property
    def scheduled(self) -> ScheduledMessages:
        """The messages for later."""
        ...

    @property
    def recurring(self) -> RecurringMessages:
        """The messages that recur."""
        ...

    @property
    def drips(self) -> Drips:
        """The chains of messages, and who is in them."""
        ...

    @property
    def lanes(self) -> Lanes:
        """The lanes."""
        ...

    @property
    def delivery_log(self) -> DeliveryLog:
        """The log of what was sent to people."""
        ...

    @property
    def broadcasts(self) -> Broadcasts:
        """The broadcasts."""
        ...


class Stale(Exception):
    """A swap lost against another process; the store runs the unit again, on what it would find now."""


class Store(Protocol):
    """The two doors to what we keep. Both raise ``Busy`` when too much waits or the disk refuses."""

    @property
    def commits(self) -> int:
        """How many commits have reached the disk since the start."""
        ...

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run ``work`` in a transaction; when this returns, what it did survives a power cut."""
        ...

    async def prove(self) -> None:
        """Write something for real, and raise ``Busy`` if the disk or another process refuses."""
        ...

    async def read(self, work: Callable[[Unit], T]) -> T:
        """Run ``work``, which changes nothing, on a consistent view."""
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
        """Which messenger."""
        ...

    @property
    def manners(self) -> Manners:
        """What the messenger can do, and what its messages cost."""
        ...

    async def connect(self) -> str:
        """Greet the messenger and return the bot's username; raise ``TryLater``, ``Refused`` or ``Revoked``."""
        ...

    async def run(self, take: Take, up: Callable[[], None]) -> None:
        """Hand over what the messenger tells until cancelled, calling ``up`` while it is well; raise as ``connect``."""
        ...

    async def accept(self, headers: Mapping[str, str], body: bytes, take: Take) -> None:
        """Hand over what the messenger posted to our webhook; raise ``WebhookRefused`` if it was not the messenger."""
        ...

    def greet(self, query: Mapping[str, str]) -> str:
        """Answer a messenger that asks whether our webhook is ours; raise ``WebhookRefused``."""
        ...

    def translate(self, update: Update) -> Heard | None:
        """Turn an update into what was heard; ``None`` for what does not concern us, any error for what is broken."""
        ...

    async def send(self, chat: str, message: Message) -> str:
        """Send, and return the message's id; raise ``Unreachable``, ``TryLater``, ``Refused`` or ``Revoked``."""
        ...

    async def turn(self) -> None:
        """Wait for a turn among all the bot's calls that no conversation needs: a message of a site goes with one."""
        ...

    async def deliver(self, chat: str, message: Message) -> str:
        """Send once and never again what may have been sent, and return the message's id (the last, if it takes two).

        Whoever calls has waited for a ``turn``.
        Raise ``Unsure``, ``WindowClosed``, or as ``send`` does: then nothing was sent.
        """
        ...

    async def edit(self, chat: str, message_id: str, message: Message) -> None:
        """Replace a message we sent; a message that is gone or already so is no error. Raises as ``send`` does."""
        ...

    async def respond(self, pressed: Pressed, toast: str, message: Message | None) -> None:
        """Answer a tap with a short note, and replace the message it was under unless ``message`` is ``None``."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Messengers(Protocol):
    """The messengers by which what sites write goes out."""

    def names(self) -> Sequence[BotName]:
        """List the bots this daemon runs."""
        ...

    def messenger(self, bot: BotName) -> Messenger | None:
        """Return a bot's connection to its messenger; ``None`` while it is not reached."""
        ...


class Courier(Protocol):
    """What brings webhooks to the sites' addresses."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post ``body`` once, following nothing, in bounded time; whatever goes wrong is an answer too."""
        ...


class Links(Protocol):
    """Where the messengers' bots can be opened."""

    def bots(self) -> Sequence[Bot]:
        """List the bots this daemon runs."""
        ...

    def is_away(self, bot: BotName, now: datetime) -> bool:
        """Tell whether the bot has not been reached for so long that nobody should be sent there."""
        ...

    def link(self, bot: BotName, invitation: Invitation) -> str | None:
        """Return the address that opens the bot for a login; ``None`` until the bot was first reached."""
        ...

    def app_link(self, bot: BotName, invitation: Invitation) -> str | None:
        """Return the address that opens the messenger's app itself, ``None`` where ``link`` does that."""
        ...
