"""Delivery of updates to a bot's subscriptions: one update in each request, again after failures, and then no more.

Deliveries are first tried in order for each person; what fails is tried again beside what comes later.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Final

import aiohttp

from emulator.faults import WEBHOOK, FaultKind, Faults
from emulator.max.model import MESSENGER, Bot
from emulator.max.subscription import Subscription
from emulator.max.updates import Update
from emulator.waiting import Clock

FIRST_PAUSE_SECONDS: Final = 60.0
PAUSE_GROWTH: Final = 2.5
MOST_RETRIES: Final = 10
PATIENCE_SECONDS: Final = 8 * 3600.0
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30.0)
_SECRET_HEADER: Final = "X-Max-Bot-Api-Secret"  # noqa: S105 - the name of a header, not a secret


class WebhookSender:
    """Posts updates to the subscriptions of all bots; must be closed."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def start(self, bot: Bot, subscription: Subscription) -> None:
        """Begin to deliver what comes from now on."""
        bot.subscriptions[subscription.url] = subscription
        bot.subscribed.ring()

    def stop(self, bot: Bot, subscription: Subscription) -> None:
        """End the deliveries to a subscription; what was not delivered is lost."""
        bot.subscriptions.pop(subscription.url, None)
        bot.subscribed.ring()
        for task in subscription.tasks:
            task.cancel()

    def send(self, bot: Bot, subscription: Subscription, update: Update) -> None:
        """Deliver an update after those of the same person that were not tried yet."""
        lane = subscription.lanes.get(update.person)
        if lane is not None:
            lane.append(update)
            return
        subscription.lanes[update.person] = deque((update,))
        self._spawn(subscription, self._empty(bot, subscription, update.person))

    async def close(self) -> None:
        """End all deliveries and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _spawn(self, subscription: Subscription, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        for tasks in (self._tasks, subscription.tasks):
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _empty(self, bot: Bot, subscription: Subscription, person: int) -> None:
        lane = subscription.lanes[person]
        while lane:
            if len(lane) > 1 and self._is_struck("out_of_order", bot):
                lane.rotate(-1)
            update = lane.popleft()
            times = 2 if self._is_struck("duplicate", bot) else 1
            for _ in range(times):
                if not await self._post(bot, subscription, update):
                    moment = self._clock.now() + FIRST_PAUSE_SECONDS
                    self._spawn(subscription, self._retry(bot, subscription, update, moment))
        del subscription.lanes[person]

    def _is_struck(self, kind: FaultKind, bot: Bot) -> bool:
        return self._faults.strike_updates(kind, MESSENGER, bot.username, WEBHOOK)

    async def _retry(self, bot: Bot, subscription: Subscription, update: Update, moment: float) -> None:
        """Post an update again at this moment and after growing pauses, until it is taken or MAX gives up."""
        pause = FIRST_PAUSE_SECONDS
        for _ in range(MOST_RETRIES):
            await self._clock.wait_for(moment)
            if await self._post(bot, subscription, update):
                return
            pause *= PAUSE_GROWTH
            moment = self._clock.now() + pause

    async def _post(self, bot: Bot, subscription: Subscription, update: Update) -> bool:
        """Post once; tell whether the update was taken, which only the status 200 says."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        headers = {_SECRET_HEADER: subscription.secret} if subscription.secret else {}
        is_taken = False
        try:
            async with self._session.post(
                subscription.url, json=update.body, headers=headers, allow_redirects=False
            ) as answer:
                is_taken = answer.status == HTTPStatus.OK
        except (TimeoutError, aiohttp.ClientError):
            is_taken = False
        if is_taken:
            subscription.delivered += 1
            subscription.failing_since = None
            bot.subscribed.ring()
        else:
            self._note_failure(bot, subscription)
        return is_taken

    def _note_failure(self, bot: Bot, subscription: Subscription) -> None:
        if subscription.failing_since is None:
            subscription.failing_since = self._clock.now()
            self._spawn(subscription, self._watch(bot, subscription, subscription.failing_since))
        subscription.failures += 1
        bot.subscribed.ring()

    async def _watch(self, bot: Bot, subscription: Subscription, failing_since: float) -> None:
        """Remove the subscription, without a word, when nothing was taken for hours."""
        await self._clock.wait_for(failing_since + PATIENCE_SECONDS)
        if subscription.failing_since == failing_since:
            self.stop(bot, subscription)
