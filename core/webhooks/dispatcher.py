"""Sending the notes to the sites: a few at a time, each until it arrived or its attempts are over.

A note is taken up under a lease and settled in a second transaction, so no transaction lasts as long as a site takes to
answer. A daemon that dies in between has not settled, and when the lease is over the note is sent again, under the same
id.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.clock import Clock
from core.entropy import Entropy
from core.errors import Busy
from core.model.ids import EndpointId
from core.model.webhooks.retries import RetryDecision, after_attempt, judge
from core.model.webhooks.signature import headers
from core.model.webhooks.webhook import Delivery, DeliveryState, Endpoint, EndpointResponse
from core.ports.store import Store, Unit
from core.ports.webhooks import Courier
from core.seal import Seal, SealBrokenError
from core.webhooks.endpoints import secret_context
from core.webhooks.publisher import NOTES, delivery_context

logger = logging.getLogger(__name__)

AT_ONCE: Final = 16
AT_ONCE_TO_ONE: Final = 4
AT_ONCE_TO_ONE_THAT_FAILS: Final = 1
"""So that some that hang do not take all the places from those that answer."""
LEASE: Final = timedelta(seconds=60)
"""Four times as long as an attempt may take."""
TEST_HEADER: Final = "X-Gatepost-Test"
"""Comes with what did not really happen, and with nothing else."""
POLL_SECONDS: Final = 1.0
"""How often to look for notes that became due, or that another process put there."""
_STATES: Final = {
    RetryDecision.DELIVERED: DeliveryState.DELIVERED,
    RetryDecision.TRY_AGAIN: DeliveryState.WAITING,
    RetryDecision.GIVE_UP: DeliveryState.FAILED,
    RetryDecision.DISABLE: DeliveryState.FAILED,
}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A note that we hold, and where it goes."""

    endpoint: Endpoint
    note: Delivery


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    """The worker that sends the notes; the publisher's units wake it."""

    store: Store
    clock: Clock
    entropy: Entropy
    seal: Seal
    courier: Courier
    _busy: Counter[EndpointId] = field(default_factory=Counter)
    _sending: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Send what is due until cancelled; then break off what is on its way, and settle what was answered.

        When the bell did not ring, looking is enough as long as nothing is due.
        """
        has_rung = True
        await self._release()
        try:
            while True:
                with self.store.bells.attend(NOTES) as bell:
                    if has_rung or await self._is_due():
                        await self._take_up()
                    has_rung = await bell.wait(POLL_SECONDS)
        finally:
            for task in self._sending:
                task.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)

    async def _release(self) -> None:
        """Let go of what the worker before us held when it ended: there is only one at a time."""
        now = self.clock.now()
        try:
            await self.store.write(lambda unit: unit.webhooks.release(now))
        except Busy:
            logger.warning("the store is busy; webhooks that were on their way wait until their lease is over")

    async def _is_due(self) -> bool:
        """Tell whether there is something to send, and a place for it."""
        try:
            return bool(await self.store.read(partial(self._rooms, busy=self._busy.copy())))
        except Busy:
            logger.warning("the store is busy; looking for webhooks again in a moment")
            return False

    async def _take_up(self) -> None:
        """Begin to send as much of what is due as there are places for."""
        if _places(self._busy) <= 0:
            return
        try:
            taken = await self.store.write(partial(self._lease, busy=self._busy.copy()))
        except Busy:
            logger.warning("the store is busy; looking for webhooks again in a moment")
            return
        for one in taken:
            self._busy[one.endpoint.endpoint_id] += 1
            task = asyncio.create_task(self._deliver(one))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _lease(self, unit: Unit, busy: Counter[EndpointId]) -> Sequence[_Taken]:
        now = self.clock.now()
        taken: list[_Taken] = []
        for endpoint, room in self._rooms(unit, busy):
            places = min(room, _places(busy) - len(taken))
            if places > 0:
                notes = unit.webhooks.lease(endpoint.endpoint_id, now, now + LEASE, places)
                taken.extend(_Taken(endpoint, note) for note in notes)
        return taken

    def _rooms(self, unit: Unit, busy: Counter[EndpointId]) -> Sequence[tuple[Endpoint, int]]:
        """List the endpoints that something is due to, and how much may be sent to each beside what is on its way."""
        if _places(busy) <= 0:
            return ()
        due = unit.webhooks.endpoints_due(self.clock.now(), AT_ONCE + len(busy))
        rooms = ((endpoint, _at_once(endpoint) - busy[endpoint.endpoint_id]) for endpoint in due)
        return [(endpoint, room) for endpoint, room in rooms if room > 0]

    async def _deliver(self, taken: _Taken) -> None:
        fields = {"delivery_id": taken.note.delivery_id, "endpoint_id": taken.endpoint.endpoint_id}
        try:
            answer = await self._attempt(taken)
            settling = asyncio.create_task(self._settle(taken, answer))
            try:
                await asyncio.shield(settling)
            finally:
                await settling
        except Busy:
            logger.warning("the store is busy; a webhook that was answered is sent again", extra=fields)
        except Exception:
            logger.exception("a bug in sending webhooks", extra=fields)
        finally:
            self._busy -= Counter((taken.endpoint.endpoint_id,))
            self.store.bells.ring(NOTES)

    async def _attempt(self, taken: _Taken) -> EndpointResponse:
        endpoint, note = taken.endpoint, taken.note
        now = self.clock.now()
        try:
            body = self.seal.open(note.body, delivery_context(note.delivery_id))
            secrets = self._secrets(endpoint, now)
        except SealBrokenError:
            return EndpointResponse(error="cannot be read: it was sealed under another key")
        signed = headers(note.delivery_id, note.event, body, secrets, now)
        if note.is_test:
            signed[TEST_HEADER] = "1"
        return await self.courier.post(endpoint.url, signed, body)

    def _secrets(self, endpoint: Endpoint, now: datetime) -> Sequence[str]:
        """Return the secrets that sign: the current one, and former ones for as long as they do too."""
        context = secret_context(endpoint.endpoint_id)
        return [self.seal.open(secret, context).decode() for secret in endpoint.secrets(now)]

    async def _settle(self, taken: _Taken, answer: EndpointResponse) -> None:
        """Keep how the attempt went, unless the note was taken up or changed by another meanwhile, and log it."""
        now = self.clock.now()
        attempts = taken.note.attempts + 1
        judgement = judge(answer, attempts, now, self.entropy)
        after = replace(
            taken.note,
            state=_STATES[judgement.decision],
            attempts=attempts,
            next_at=judgement.next_at,
            leased_until=None,
            status=answer.status,
            error=answer.error,
            settled_at=None if judgement.decision is RetryDecision.TRY_AGAIN else now,
        )
        why = answer.error or f"status {answer.status}"

        def settle(unit: Unit) -> Endpoint | None:
            endpoint = unit.webhooks.endpoint(taken.endpoint.endpoint_id)
            if endpoint is None or not unit.webhooks.swap_delivery(taken.note, after):
                return None
            if not endpoint.enabled or endpoint.url != taken.endpoint.url:
                return None  # what an address answered that is not its own any more says nothing about it
            noted = after_attempt(endpoint, judgement.decision, why, now)
            if noted != endpoint:
                unit.webhooks.put_endpoint(noted)
            return noted

        _log(after, judgement.decision, await self.store.write(settle))


def _places(busy: Counter[EndpointId]) -> int:
    return AT_ONCE - busy.total()


def _at_once(endpoint: Endpoint) -> int:
    return AT_ONCE_TO_ONE_THAT_FAILS if endpoint.failing_since else AT_ONCE_TO_ONE


def _log(note: Delivery, decision: RetryDecision, endpoint: Endpoint | None) -> None:
    fields = {"app_id": note.app_id, "endpoint_id": note.endpoint_id}
    logger.info(
        "webhook: %s",
        decision.value,
        extra={
            **fields,
            "delivery_id": note.delivery_id,
            "kind": note.event,
            "attempts": note.attempts,
            "status": note.status,
            "why": note.error,
        },
    )
    if endpoint is not None and not endpoint.enabled:
        logger.error("a webhook endpoint was disabled", extra={**fields, "why": endpoint.why_disabled})
