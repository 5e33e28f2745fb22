"""Everything the core asks of the world, on two pages.

A unit of work is a plain function of a ``Unit``: ``await store.write(confirm)``. It cannot await, so nobody can wait
for the network inside a transaction. An exception rolls the unit back. Not found is ``None``; a change of state is a
compare-and-swap that says whether it won.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from core.ports.apps import Apps
from core.ports.broadcasts import Broadcasts
from core.ports.later import Drips, RecurringMessages, ScheduledMessages
from core.ports.login import Logins
from core.ports.messengers import Bots, Inbox
from core.ports.otp import OneTimeCodes
from core.ports.people import Events, People
from core.ports.sending import DeliveryLog, Lanes, Outbox, Receipts
from core.ports.subscribers import Subscriptions
from core.ports.tokens import SigningKeys
from core.ports.webhooks import Webhooks

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
