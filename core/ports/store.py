"""The two doors to what we keep, and one transaction seen from inside.

A unit of work is a plain function of a ``Unit``: ``await store.write(confirm)``. It cannot await, so no transaction
waits for the network. An exception rolls the unit back. Not found is ``None``; a change of state is a
compare-and-swap that says whether it won.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from core.bells import Bells
from core.ports.apps import AppRepository
from core.ports.broadcasts import BroadcastRepository
from core.ports.later import DripRepository, RecurringRepository, ScheduledRepository
from core.ports.login import LoginRepository
from core.ports.messengers import BotRepository, InboxRepository
from core.ports.otp import OneTimeCodeRepository
from core.ports.people import EventRepository, PeopleRepository
from core.ports.sending import DeliveryLogRepository, LaneRepository, OutboxRepository, ReceiptRepository
from core.ports.subscribers import SubscriptionRepository
from core.ports.tokens import SigningKeyRepository
from core.ports.webhooks import WebhookRepository

T = TypeVar("T")


class Unit(Protocol):
    """One transaction, seen from inside.

    It may be run again (``Stale``, a lost connection), so it changes nothing but the database: what it learns it
    returns, and memory is changed by the caller of ``write``, after the commit.
    """

    def ring(self, key: bytes) -> None:
        """Ring a bell of the store's after the commit, once however often it is asked for; never after a rollback."""
        ...

    def guard(self, name: str) -> None:
        """Let no other unit that guards ``name`` run at the same time; called before anything is read.

        For units that decide by other rows than those they write, such as "no key is active yet, so I add one".
        SQLite has one writer, and nothing to do.
        """
        ...

    @property
    def logins(self) -> LoginRepository:
        """The logins."""
        ...

    @property
    def people(self) -> PeopleRepository:
        """The people."""
        ...

    @property
    def subscriptions(self) -> SubscriptionRepository:
        """The subscriptions."""
        ...

    @property
    def apps(self) -> AppRepository:
        """The apps."""
        ...

    @property
    def signing_keys(self) -> SigningKeyRepository:
        """The signing keys."""
        ...

    @property
    def inbox(self) -> InboxRepository:
        """The inbox."""
        ...

    @property
    def events(self) -> EventRepository:
        """The events."""
        ...

    @property
    def receipts(self) -> ReceiptRepository:
        """The receipts."""
        ...

    @property
    def webhooks(self) -> WebhookRepository:
        """The webhooks."""
        ...

    @property
    def outbox(self) -> OutboxRepository:
        """The outbox."""
        ...

    @property
    def bots(self) -> BotRepository:
        """The bots."""
        ...

    @property
    def one_time_codes(self) -> OneTimeCodeRepository:
        """The one-time codes."""
        ...

    @property
    def scheduled(self) -> ScheduledRepository:
        """The messages for later."""
        ...

    @property
    def recurring(self) -> RecurringRepository:
        """The messages that recur."""
        ...

    @property
    def drips(self) -> DripRepository:
        """The chains of messages, and who is in them."""
        ...

    @property
    def lanes(self) -> LaneRepository:
        """The lanes."""
        ...

    @property
    def delivery_log(self) -> DeliveryLogRepository:
        """The log of what was sent to people."""
        ...

    @property
    def broadcasts(self) -> BroadcastRepository:
        """The broadcasts."""
        ...


class Stale(Exception):
    """A swap lost against another process; the store runs the unit again, on what it would find now."""


class Store(Protocol):
    """The two doors to what we keep. Both raise ``Busy`` when too much waits or the disk refuses."""

    @property
    def bells(self) -> Bells:
        """The bells that units ring."""
        ...

    @property
    def commits(self) -> int:
        """How many commits have reached the disk since the start."""
        ...

    async def write(self, work: Callable[[Unit], T], within: float = 0.0) -> T:
        """Run ``work`` in a transaction; when this returns, what it did survives a power cut.

        ``within`` is in seconds: work that may wait shares a commit with other work begun by then; 0 is at once.
        """
        ...

    async def prove(self) -> None:
        """Write something for real, and raise ``Busy`` if the disk or another process refuses."""
        ...

    async def read(self, work: Callable[[Unit], T]) -> T:
        """Run ``work``, which changes nothing, on a consistent view."""
        ...
