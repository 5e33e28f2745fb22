"""A site's webhooks, and the worker that sends them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import TypeVar

from core.bells import Bells
from core.clock import Clock
from core.model.ids import AppId
from core.model.webhooks.webhook import Delivery, DeliveryFilter, DeliveryState, EndpointResponse, WebhookEvent
from core.ports.store import Store, Unit
from core.webhooks.dispatcher import Dispatcher
from core.webhooks.endpoints import EndpointRequest, EndpointSecret, WebhookEndpoints
from core.webhooks.publisher import NOTES
from tests.core.conftest import SetClock
from tests.storage.builders import turn
from tests.waiting import a_moment, patience
from webhooks.sender import WebhookSender

T = TypeVar("T")
APP_ID = AppId("a" * 24)
SHORT = 0.3
"""Seconds until a receiver that hangs is given up."""


class Announcer(WebhookSender):
    """The sender, which tells the test when it has an answer."""

    def __init__(self, answered: asyncio.Event) -> None:
        super().__init__((ip_network("127.0.0.0/8"),), seconds=SHORT)
        self._answered = answered

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> EndpointResponse:
        """Post as the sender does."""
        answer = await super().post(url, headers, body)
        self._answered.set()
        return answer


@dataclass
class Counting:
    """The store, which counts how often it is asked; ``looked`` is set when it has read for the second time."""

    store: Store
    reads: int = 0
    writes: int = 0
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def bells(self) -> Bells:
        """The store's bells."""
        return self.store.bells

    @property
    def commits(self) -> int:
        """How many commits have reached the disk."""
        return self.store.commits

    async def write(self, work: Callable[[Unit], T], within: float = 0.0) -> T:
        """Write as the store does."""
        self.writes += 1
        return await self.store.write(work, within)

    async def prove(self) -> None:
        """Prove as the store does."""
        await self.store.prove()

    async def read(self, work: Callable[[Unit], T]) -> T:
        """Read as the store does."""
        found = await self.store.read(work)
        self.reads += 1
        if self.reads > 1:
            self.looked.set()
        return found


@dataclass
class Office:
    """A site's webhooks, and what is needed to send them."""

    webhooks: WebhookEndpoints
    clock: SetClock

    async def endpoint(self, url: str) -> EndpointSecret:
        """Make an endpoint."""
        return await self.webhooks.create(APP_ID, EndpointRequest(url=url))

    async def publish(self, count: int = 1) -> list[Delivery]:
        """Have every endpoint told something, so many times."""
        return [
            note
            for _ in range(count)
            for note in await self.webhooks.simulate(APP_ID, WebhookEvent.AUTH_COMPLETED, {"name": "Anna"})
        ]

    async def log(self) -> list[Delivery]:
        """Return the log, oldest first."""
        page = await self.webhooks.deliveries(DeliveryFilter(APP_ID), None, 200)
        return list(page.deliveries)[::-1]

    async def until(self, is_so: Callable[[list[Delivery]], bool]) -> list[Delivery]:
        """Wait until the log is so, and return it."""
        async with patience():
            while not is_so(log := await self.log()):
                await a_moment()
        return log

    async def settled(self, state: DeliveryState = DeliveryState.DELIVERED) -> list[Delivery]:
        """Wait until all that was told is in this state."""
        return await self.until(lambda log: all(each.state is state for each in log))

    async def tried(self, attempts: int) -> list[Delivery]:
        """Wait until all that was told was tried so often."""
        return await self.until(lambda log: all(each.attempts == attempts for each in log))

    async def pass_time(self, time: timedelta) -> None:
        """Let time pass, and return when the worker has taken up what became due."""
        self.clock.time += time
        self.webhooks.store.bells.ring(NOTES)
        await turn()
        await self.webhooks.store.write(lambda _unit: None)  # the worker's unit stood before it

    @asynccontextmanager
    async def worker(
        self, clock: Clock | None = None, answered: asyncio.Event | None = None, store: Store | None = None
    ) -> AsyncIterator[None]:
        """Run the worker; ``answered`` is set once it has an answer in hand."""
        story = self.webhooks
        async with Announcer(answered or asyncio.Event()) as sender:
            dispatcher = Dispatcher(
                store=store or story.store,
                clock=clock or self.clock,
                entropy=story.entropy,
                seal=story.seal,
                courier=sender,
            )
            running = asyncio.create_task(dispatcher.run())
            try:
                yield
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
