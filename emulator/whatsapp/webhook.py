"""Delivery of webhooks: signed, in the order of each person at first, again for seven days after failures.

Nothing is kept for a number that has no callback yet or whose account is not subscribed: WhatsApp has no history.
"""

import asyncio
import hashlib
import hmac
import io
import json
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import aiohttp

from emulator.faults import WEBHOOK, FaultKind, Faults
from emulator.waiting import Clock
from emulator.whatsapp.model import MESSENGER, Number, Signature

Json = dict[str, Any]

LIFETIME_SECONDS: Final = 7 * 24 * 3600.0
MOST_UPDATES: Final = 1000
MOST_BYTES: Final = 3_000_000
SIGNATURE_HEADER: Final = "X-Hub-Signature-256"

_TIMEOUT: Final = aiohttp.ClientTimeout(total=20.0)
_FIRST_PAUSE_SECONDS: Final = 10.0
_LONGEST_PAUSE_SECONDS: Final = 6 * 3600.0
_CHANGES_IN_ENTRY: Final = 2
_NOBODY: Final = 0


def signature_of(app_secret: str, body: bytes) -> str:
    """Sign the exact bytes of a body."""
    return f"sha256={hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body on its way to a number's callback, as often as needed until `expires_at`."""

    number: Number
    body: bytes
    signature: Signature
    expires_at: float


class WebhookSender:
    """Posts to the callbacks of all numbers; must be closed. With `held` None everything goes out at once."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._lanes: dict[tuple[str, int], deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._last: dict[str, Delivery] = {}
        self._held: dict[Number, list[Json]] | None = None

    async def verify(self, url: str, verify_token: str, challenge: str) -> str | None:
        """Ask a callback to prove that it knows the token; None when it did, else what is wrong."""
        parts = urlsplit(url)
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *asked.items()])
        try:
            async with self._opened().get(urlunsplit(parts._replace(query=query)), allow_redirects=False) as answer:
                if answer.status != HTTPStatus.OK:
                    return f"it answered {answer.status}"
                return None if await answer.read() == challenge.encode() else "it did not answer the challenge"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"it cannot be asked: {type(error).__name__}"

    def send(self, number: Number, value: Json, person: int = _NOBODY, signature: Signature = "good") -> None:
        """Deliver a value after the first attempts at those of the same person that came before."""
        if number.callback_url is None or not number.is_subscribed:
            return
        if self._held is not None and signature == "good":
            self._held.setdefault(number, []).append(value)
            return
        self._post_soon(number, _body(number, [value]), person, signature)

    def hold(self) -> None:
        """Gather what is to be delivered until it is released."""
        if self._held is None:
            self._held = {}

    def release_held(self) -> int:
        """Deliver what was gathered, in as few bodies as the size of a batch allows; tell how many."""
        held, self._held = self._held or {}, None
        bodies = [(number, body) for number, values in held.items() for body in _batches(number, values)]
        for number, body in bodies:
            self._post_soon(number, body, _NOBODY, "good")
        return len(bodies)

    def drop_held(self) -> None:
        """Forget what was gathered and gather no more."""
        self._held = None

    def repeat(self, number: Number) -> bool:
        """Deliver the last body once more, byte for byte; tell whether there was one."""
        last = self._last.get(number.phone_number_id)
        if last is not None:
            self._post_soon(number, last.body, _NOBODY, last.signature)
        return last is not None

    async def close(self) -> None:
        """End all deliveries and close the connections."""
        self.drop_held()
        ending = set(self._tasks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        self._lanes.clear()
        self._last.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _post_soon(self, number: Number, body: bytes, person: int, signature: Signature) -> None:
        delivery = Delivery(number, body, signature, self._clock.now() + LIFETIME_SECONDS)
        self._last[number.phone_number_id] = delivery
        place = (number.phone_number_id, person)
        if (lane := self._lanes.get(place)) is not None:
            lane.append(delivery)
            return
        self._lanes[place] = lane = deque((delivery,))
        self._start(asyncio.create_task(self._empty(number, place, lane)))

    def _start(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _empty(self, number: Number, place: tuple[str, int], lane: deque[Delivery]) -> None:
        while lane:
            if len(lane) > 1 and self._is_struck("out_of_order", number):
                lane.rotate(-1)
            delivery = lane.popleft()
            await self._deliver(delivery)
            if self._is_struck("duplicate", number):
                await self._deliver(delivery)
        del self._lanes[place]

    def _is_struck(self, kind: FaultKind, number: Number) -> bool:
        return self._faults.strike_updates(kind, MESSENGER, number.digits, WEBHOOK)

    async def _deliver(self, delivery: Delivery) -> None:
        """Try twice at once; what fails then is tried again beside all that comes later."""
        if not await self._post(delivery) and not await self._post(delivery):
            self._start(asyncio.create_task(self._keep_trying(delivery)))

    async def _keep_trying(self, delivery: Delivery) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            await self._clock.wait_for(self._clock.now() + pause)
            if self._clock.now() >= delivery.expires_at or await self._post(delivery):
                return
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _post(self, delivery: Delivery) -> bool:
        """Post once; tell whether that was accepted, which only the status 200 does."""
        url = delivery.number.callback_url
        if url is None:
            return True
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        if delivery.signature != "missing":
            secret = delivery.number.app_secret if delivery.signature == "good" else "not the secret of this app"
            headers[SIGNATURE_HEADER] = signature_of(secret, delivery.body)
        try:
            async with self._opened().post(
                url, data=io.BytesIO(delivery.body), headers=headers, allow_redirects=False
            ) as answer:
                return answer.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self._session


def _body(number: Number, values: list[Json]) -> bytes:
    changes = [{"value": value, "field": "messages"} for value in values]
    entries = [
        {"id": number.account_id, "changes": changes[first : first + _CHANGES_IN_ENTRY]}
        for first in range(0, len(changes), _CHANGES_IN_ENTRY)
    ]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}, separators=(",", ":")).encode()


def _batches(number: Number, values: list[Json]) -> list[bytes]:
    """Pack values into bodies, halving until each is within the limits of a batch."""
    body = _body(number, values)
    if len(values) == 1 or (len(values) <= MOST_UPDATES and len(body) <= MOST_BYTES):
        return [body]
    half = len(values) // 2
    return [*_batches(number, values[:half]), *_batches(number, values[half:])]
