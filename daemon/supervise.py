"""Each bot lives by itself: connected, listened to, and when its messenger is gone, tried again with growing pauses.

One messenger's outage stops no other part. Adapters are loaded here, after the daemon is ready to answer browsers.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bots.listening import Listener
from bots.settings import BotSettings
from core.clock import Clock
from core.entropy import below
from core.errors import Busy, Invalid
from core.model.ids import BotName
from core.model.messages.bot import Bot
from core.model.messages.errors import WebhookRefused
from core.ports.messengers import Messenger, Refused, Revoked, TryLater, Unreachable
from daemon.webhooks import hook_secret
from daemon.wiring import Services

logger = logging.getLogger(__name__)

_SHORTEST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_NAME_SECONDS: Final = 300.0
"""How often each messenger is asked what it calls the bot."""
_STEADY_SECONDS: Final = 60.0
"""A connection that held this long was a good one: the next pause is short again."""


@dataclass(frozen=True, slots=True)
class BotState:
    """How a bot is doing: up or not, since when (ISO 8601, UTC), and why not."""

    messenger: str
    up: bool
    since: str
    why: str


class BotKeeper:
    """Keeps one bot running. ``make`` builds its adapter; it may take a while and runs in a thread.

    ``is_called`` = its messenger tells us everything by calls, to an address that the operator has entered there.

    ``reached`` is set once the messenger was reached for the first time in this run. ``last_call`` is when it last
    called our webhook (ISO 8601, UTC), ``refused_calls`` how many calls were not its own by our settings.
    """

    def __init__(self, bot: Bot, make: Callable[[], Messenger], services: Services, *, is_called: bool = False) -> None:
        self.bot = bot
        self._is_called = is_called
        self._began = _since(services.clock)
        self._make = make
        self._services = services
        self._listener: Listener | None = None
        self._alarmed = asyncio.Event()
        self._alarm = ""
        self._renewed = asyncio.Event()
        self.reached = asyncio.Event()
        self.refused_calls = 0
        self._senseless_calls = 0
        self.last_call: str | None = None
        self.state = BotState(bot.messenger.value, up=False, since=_since(services.clock), why="not connected yet")

    @property
    def skipped_updates(self) -> int:
        """How many calls and updates of the messenger made no sense in this run."""
        return self._senseless_calls + (self._listener.skipped if self._listener else 0)

    @property
    def silence(self) -> str:
        """What an operator must know of a bot that is up and hears nothing, empty if that is as it should be.

        Where calls come to an address that the operator has entered at the messenger, none at all since the start may
        mean that it was not entered.
        """
        if not self._is_called or self.last_call is not None or not self.state.up:
            return ""
        return f"no call yet since {self._began}"

    @property
    def messenger(self) -> Messenger | None:
        """The adapter, ``None`` while it is being built."""
        return self._listener.messenger if self._listener else None

    async def accept(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take what the messenger posted; raise ``WebhookRefused``, ``Invalid`` or ``Busy``."""
        if self._listener is None:
            raise Busy
        try:
            await self._listener.messenger.accept(headers, body, self._listener.take)
        except WebhookRefused:
            self._note_refusal()
            raise
        except Invalid:
            self._senseless_calls += 1
            raise
        self.last_call = _since(self._services.clock)

    def greet(self, query: Mapping[str, str]) -> str:
        """Answer a messenger that asks whether the webhook is ours; raise ``WebhookRefused`` or ``Busy``."""
        if self._listener is None:
            raise Busy
        return self._listener.messenger.greet(query)

    def renew(self, make: Callable[[], Messenger]) -> None:
        """Go on with an adapter of other settings."""
        self._make = make
        self._renewed.set()

    async def run(self) -> None:
        """Keep the bot running until cancelled; begin anew whenever it is renewed."""
        while True:
            self._renewed.clear()
            living, renewed = asyncio.ensure_future(self._live()), asyncio.ensure_future(self._renewed.wait())
            try:
                await asyncio.wait({living, renewed}, return_when=asyncio.FIRST_COMPLETED)
                if living.done():
                    return living.result()
            finally:
                living.cancel()
                renewed.cancel()
                await asyncio.gather(living, renewed, return_exceptions=True)

    async def _live(self) -> None:
        messenger = await asyncio.to_thread(self._make)
        listener = Listener(messenger, self._services.conversation, self._services.inbox, self._note_alarm)
        try:
            await listener.resume()
            self._listener = listener  # from now on webhooks are let in: before, they would come between the old
            await self._keep_connected(messenger, listener)
        finally:
            self._listener = None
            await listener.close()

    async def _keep_connected(self, messenger: Messenger, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        pause = _SHORTEST_PAUSE
        while True:
            began = loop.time()
            asked = await self._stay(messenger, listener)
            if loop.time() - began > _STEADY_SECONDS:
                pause = _SHORTEST_PAUSE
            jitter = 0.75 + below(self._services.entropy, 1000) / 2000
            await asyncio.sleep(max(asked, pause * jitter))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _stay(self, messenger: Messenger, listener: Listener) -> float:
        """Connect and listen until something goes wrong; return how many seconds we were asked to stay away."""
        try:
            username = await messenger.connect()
            await self._learn(username)
            self.reached.set()
            await self._run_until_alarm(messenger, listener)
        except TryLater as trouble:
            self._turn(up=False, why=str(trouble))
            return trouble.after
        except Revoked as trouble:
            self._turn(up=False, why=str(trouble))
            return _LONGEST_PAUSE
        except (Refused, Unreachable, Busy) as trouble:
            self._turn(up=False, why=f"{type(trouble).__name__}: {trouble}")
        except Exception as trouble:
            logger.exception("a bug in a messenger's adapter", extra={"bot": self.bot.name})
            self._turn(up=False, why=type(trouble).__name__)
        return 0.0

    def _note_alarm(self, why: str) -> None:
        self._alarm = why
        self._alarmed.set()

    async def _run_until_alarm(self, messenger: Messenger, listener: Listener) -> None:
        """Listen until the messenger is away; raise ``Revoked`` as soon as an answer shows that it shut us out."""
        self._alarmed.clear()
        run = asyncio.ensure_future(messenger.run(listener.take, lambda: self._turn(up=True, why="")))
        alarm = asyncio.ensure_future(self._alarmed.wait())
        name = asyncio.ensure_future(self._watch_name(messenger))
        try:
            await asyncio.wait({run, alarm, name}, return_when=asyncio.FIRST_COMPLETED)
            if alarm.done():
                raise Revoked(self._alarm)
            for ended in (run, name):
                if ended.done():
                    ended.result()
        finally:
            for each in (run, alarm, name):
                each.cancel()
            await asyncio.gather(run, alarm, name, return_exceptions=True)

    async def _watch_name(self, messenger: Messenger) -> None:
        """Ask again and again what the bot is called: a name that it had may be a stranger's by then."""
        while True:
            await asyncio.sleep(_NAME_SECONDS)
            try:
                await self._learn(await messenger.username())
            except (TryLater, Refused, Unreachable, Busy) as trouble:
                logger.info("the bot's name could not be asked for", extra={"bot": self.bot.name, "why": str(trouble)})

    async def _learn(self, username: str) -> None:
        former = self._services.links.username(self.bot.name)
        if self._services.links.learn(self.bot.name, username):
            if former is not None:
                names = {"former_name": former, "new_name": username}
                logger.warning("the bot was renamed; links lead to its new name", extra={"bot": self.bot.name, **names})
            await self._services.store.write(lambda unit: unit.bots.put_username(self.bot.name, username))

    def _note_refusal(self) -> None:
        """Count a call that was not the messenger's, and log the first and every thousandth: it may be our settings."""
        self.refused_calls += 1
        if self.refused_calls % 1000 == 1:
            logger.error(
                "a call to the webhook is not signed as the settings say; refused",
                extra={"bot": self.bot.name, "count": self.refused_calls},
            )

    def _turn(self, *, up: bool, why: str) -> None:
        if up != self.state.up or why != self.state.why:
            level = logging.INFO if up else logging.ERROR
            logger.log(level, "bot is up" if up else "bot is down", extra={"bot": self.bot.name, "why": why})
        self._services.links.note(self.bot.name, self._services.clock.now(), is_up=up)
        since = self.state.since if up == self.state.up else _since(self._services.clock)
        self.state = BotState(self.state.messenger, up, since, why)


class Keepers:
    """All bots' keepers, as the rest of the daemon sees them; ``maker`` returns what builds a bot's adapter."""

    def __init__(
        self, keepers: list[BotKeeper], services: Services, maker: Callable[[BotSettings], Callable[[], Messenger]]
    ) -> None:
        self._keepers = {keeper.bot.name: keeper for keeper in keepers}
        self._services = services
        self._maker = maker

    def renew(self, bot: BotName, settings: BotSettings) -> None:
        """Let a bot go on under other settings."""
        self._keepers[bot].renew(self._maker(settings))

    def __contains__(self, bot: object) -> bool:
        """Tell whether the daemon has the bot."""
        return bot in self._keepers

    def __iter__(self) -> Iterator[BotKeeper]:
        """Go through the keepers."""
        return iter(self._keepers.values())

    def names(self) -> tuple[BotName, ...]:
        """List the bots."""
        return tuple(self._keepers)

    async def reached(self) -> None:
        """Wait until every bot was reached once."""
        for keeper in self:
            await keeper.reached.wait()

    async def known(self, stop: asyncio.Event, within: float) -> None:
        """Wait until a login has somewhere to lead to, or ``stop``, or so many seconds: a messenger may be away.

        Known is a bot that was reached once, be it by a run before this one.
        """
        if not self._keepers or any(bot.username for bot in self._services.links.bots()):
            return
        waits = [asyncio.create_task(event.wait()) for event in (stop, *(keeper.reached for keeper in self))]
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for each in waits:
            each.cancel()

    def messenger(self, bot: BotName) -> Messenger | None:
        """Return a bot's adapter; ``None`` if there is none (yet)."""
        keeper = self._keepers.get(bot)
        return keeper.messenger if keeper else None

    def find_hook(self, bot: str, secret: str) -> BotKeeper | None:
        """Return the keeper of the bot if the path's secret is right."""
        keeper = self._keepers.get(BotName(bot))
        expected = hook_secret(self._services.seal, BotName(bot))
        return keeper if hmac.compare_digest(secret.encode(), expected.encode()) else None

    def states(self) -> dict[str, dict[str, object]]:
        """Return how each bot is doing."""
        return {
            name: {
                "messenger": state.messenger,
                "up": state.up,
                "since": state.since,
                "why": state.why or keeper.silence,
                "last_call": keeper.last_call,
                "refused_calls": keeper.refused_calls,
                "skipped_updates": keeper.skipped_updates,
            }
            for name, keeper in self._keepers.items()
            for state in (keeper.state,)
        }


def _since(clock: Clock) -> str:
    return clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
