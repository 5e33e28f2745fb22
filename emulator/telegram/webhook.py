"""Delivery of updates to a bot's webhook: in order for each person, again after failures, until an update expires."""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Final

import aiohttp

from emulator.faults import WEBHOOK, FaultKind, Faults
from emulator.telegram.model import MESSENGER, Bot, Webhook
from emulator.telegram.updates import Update
from emulator.waiting import Clock

_TIMEOUT: Final = aiohttp.ClientTimeout(total=60.0)
_LONGEST_PAUSE_SECONDS: Final = 60.0
_SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header, not a secret

Lane = deque[Update]


class _Line:
    """The deliveries under way for one bot: a lane for each person with updates waiting, a slot for each connection."""

    def __init__(self, webhook: Webhook) -> None:
        self.slots = asyncio.Semaphore(webhook.max_connections)
        self.lanes: dict[int, Lane] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def cancel(self) -> None:
        for task in self.tasks:
            task.cancel()


class WebhookSender:
    """Posts updates to the webhooks of all bots; must be closed."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._lines: dict[str, _Line] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def start(self, bot: Bot, webhook: Webhook) -> None:
        """Begin to deliver to a new webhook, first of all what waits already."""
        self.stop(bot)
        bot.webhook = webhook
        self._lines[bot.token] = _Line(webhook)
        for update in bot.updates.waiting():
            self.send(bot, update)

    def stop(self, bot: Bot) -> None:
        """End the deliveries to a bot's webhook; what was not delivered keeps waiting."""
        bot.webhook = None
        line = self._lines.pop(bot.token, None)
        if line is not None:
            line.cancel()
            self._ending |= line.tasks

    def send(self, bot: Bot, update: Update) -> None:
        """Deliver an update after those of the same person that came before."""
        line = self._lines[bot.token]
        lane = line.lanes.get(update.person)
        if lane is not None:
            lane.append(update)
            return
        line.lanes[update.person] = deque((update,))
        task = asyncio.create_task(self._empty(bot, line, update.person))
        line.tasks.add(task)
        task.add_done_callback(line.tasks.discard)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End all deliveries and close the connections."""
        ending = self._ending
        for line in self._lines.values():
            line.cancel()
            ending |= line.tasks
        self._lines.clear()
        await asyncio.gather(*ending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _empty(self, bot: Bot, line: _Line, person: int) -> None:
        lane = line.lanes[person]
        while lane:
            if len(lane) > 1 and self._is_struck("out_of_order", bot):
                lane.rotate(-1)
            update = lane.popleft()
            await self._deliver(bot, line, update)
            bot.updates.remove(update)
            if self._is_struck("duplicate", bot):
                await self._deliver(bot, line, update)
        del line.lanes[person]

    def _is_struck(self, kind: FaultKind, bot: Bot) -> bool:
        return self._faults.strike_updates(kind, MESSENGER, bot.username, WEBHOOK)

    async def _deliver(self, bot: Bot, line: _Line, update: Update) -> None:
        """Post an update until it is accepted or expires."""
        pause = 1.0
        while bot.webhook is not None and not bot.updates.is_expired(update):
            async with line.slots:
                asked = await self._post(bot.webhook, update)
            if asked is None:
                return
            await self._clock.wait_for(self._clock.now() + (asked or pause))
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _post(self, webhook: Webhook, update: Update) -> float | None:
        """Post once; None when accepted, else the seconds the receiver asked to wait (0: it did not ask)."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        headers = {_SECRET_HEADER: webhook.secret_token} if webhook.secret_token else {}
        try:
            async with self._session.post(
                webhook.url, json=update.to_json(), headers=headers, allow_redirects=False
            ) as answer:
                if answer.status // 100 == HTTPStatus.OK // 100:
                    return None
                problem = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                asked = answer.headers.get("Retry-After", "")
        except TimeoutError:
            problem, asked = "Read timeout expired", ""
        except aiohttp.ClientConnectorError:
            problem, asked = "Connection refused", ""
        except aiohttp.ClientError as error:
            problem, asked = f"Connection closed: {type(error).__name__}", ""
        webhook.last_error_date = int(self._clock.now())
        webhook.last_error_message = problem
        return float(asked) if asked.isdigit() else 0.0
