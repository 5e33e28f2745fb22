"""The updates that wait for one bot: what is kept, for how long, and how long polling hands them out."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from emulator.telegram.errors import OTHER_GET_UPDATES, ApiError
from emulator.waiting import Bell, Clock

Json = dict[str, Any]

LIFETIME_SECONDS: Final = 24 * 3600.0
TAP_LIFETIME_SECONDS: Final = 150.0

UPDATE_KINDS: Final = frozenset(
    (
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
    )
)
NOT_BY_DEFAULT: Final = frozenset(("chat_member", "message_reaction", "message_reaction_count"))


@dataclass(frozen=True, slots=True)
class Update:
    """One update, kept until confirmed or expired; `person` is whom it is from, deliveries keep their order by it."""

    id: int
    kind: str
    body: Json
    person: int
    expires_at: float

    def to_json(self) -> Json:
        """Describe the update in the Bot API's words."""
        return {"update_id": self.id, self.kind: self.body}


class Updates:
    """What waits for one bot, oldest first.

    `allowed` are the kinds the bot asked for (None: the default ones); others are not kept. `polled` rings when
    a long poll begins to wait.
    """

    def __init__(self, first_id: int, clock: Clock) -> None:
        self.allowed: frozenset[str] | None = None
        self._next_id = first_id
        self._clock = clock
        self._pending: OrderedDict[int, Update] = OrderedDict()
        self._poll: asyncio.Future[None] | None = None
        self.polled = Bell()

    @property
    def is_polled(self) -> bool:
        """Whether a long poll of the bot waits for news."""
        return self._poll is not None and not self._poll.done()

    def add(self, kind: str, body: Json, person: int) -> Update | None:
        """Keep a new update and wake the poll that waits; None when the bot does not want this kind."""
        if not self.is_allowed(kind):
            return None
        lifetime = TAP_LIFETIME_SECONDS if kind == "callback_query" else LIFETIME_SECONDS
        update = Update(self._next_id, kind, body, person, self._clock.now() + lifetime)
        self._next_id += 1
        self._pending[update.id] = update
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update

    def is_allowed(self, kind: str) -> bool:
        """Tell whether the bot wants updates of this kind."""
        return kind in self.allowed if self.allowed is not None else kind not in NOT_BY_DEFAULT

    def is_expired(self, update: Update) -> bool:
        """Tell whether the update is too old to be delivered."""
        return update.expires_at <= self._clock.now()

    def confirm(self, offset: int) -> None:
        """Forget every update before `offset`; a negative one keeps only that many of the last."""
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popitem(last=False)
            return
        while self._pending and next(iter(self._pending)) < offset:
            self._pending.popitem(last=False)

    def waiting(self, limit: int | None = None) -> list[Update]:
        """List the oldest `limit` (None: all) unconfirmed updates that have not expired."""
        found = list(islice(self._pending.values(), limit))
        if not any(map(self.is_expired, found)):
            return found
        for update in [update for update in self._pending.values() if self.is_expired(update)]:
            del self._pending[update.id]
        return list(islice(self._pending.values(), limit))

    def remove(self, update: Update) -> None:
        """Forget an update that was delivered or has expired; a forgotten one stays forgotten."""
        self._pending.pop(update.id, None)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._pending.clear()

    def end_poll(self, why: ApiError | None) -> None:
        """End the poll that waits: with an error, or with None as if its time were up."""
        poll, self._poll = self._poll, None
        if poll is None or poll.done():
            return
        if why is None:
            poll.set_result(None)
        else:
            poll.set_exception(why)

    async def poll(self, limit: int, seconds: float) -> list[Update]:
        """Wait for updates for at most `seconds`; a later poll ends this one with a conflict."""
        self.end_poll(ApiError(409, OTHER_GET_UPDATES))
        found = self.waiting(limit)
        if found or seconds <= 0:
            return found
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = mine
        self.polled.ring()
        try:
            async with asyncio.timeout(seconds):
                await mine
        except TimeoutError:
            return []
        finally:
            if self._poll is mine:
                self._poll = None
        return self.waiting(limit)
