"""The daemon's life. The order in which the parts are entered is the start order; its reverse is the shutdown.

Store, services, schedule, messengers, webhooks, HTTP, and then systemd is told. A part that ends by itself ends the
run, and systemd starts it afresh; messengers alone are kept alive one by one (``supervise``).
"""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import aiohttp
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.broadcasts.worker import BroadcastWorker
from core.clock import Clock, SystemClock
from core.entropy import Entropy, SystemEntropy
from core.lanes.lane import Lanes
from core.lanes.leases import Dependencies
from core.ports.store import Unit
from core.webhooks.dispatcher import Dispatcher
from daemon import readiness
from daemon.adapters import keepers as make_keepers
from daemon.http import application, listen
from daemon.instance_lock import only_daemon
from daemon.master_key import open_seal
from daemon.messengers import Settings
from daemon.preflight import explain_bad_ground
from daemon.reload import Reload
from daemon.schedule import start_schedule
from daemon.supervise import Keepers
from daemon.wiring import Services, wire
from http_api.health import StoreHealth
from storage.sqlite.store import open_store
from webhooks.sender import WebhookSender

logger = logging.getLogger(__name__)

_GC_THRESHOLDS: Final = (5_000, 10, 100)
"""With Python's own (700, 10, 10), 20,000 people who log in at once have the collector look at everything again and
again, and everybody stops for up to 1.5 s each time (measured)."""
_BOT_SECONDS: Final = 5.0
"""How long a very first start waits for the first bot."""
_SWITCH_SECONDS: Final = 0.0001
"""The thread that waits for the disk needs the interpreter for an instant to say that it is done; at Python's own 5 ms
a busy event loop would keep it, and everybody whose commit it was, waiting that long."""


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon in full operation; ``port`` is the one it listens on, ``ended`` completes if a part ends by itself."""

    services: Services
    keepers: Keepers
    schedule: AsyncIOScheduler
    port: int
    ended: asyncio.Future[str]


async def serve(settings: Settings, reread: Callable[[], Settings]) -> int:
    """Run the daemon until SIGTERM or SIGINT, and return the exit status: 0, or 1 if a part ended by itself.

    On SIGHUP the settings are read again by ``reread``, and what can be changed while running is.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    loop, stop, reload = asyncio.get_running_loop(), asyncio.Event(), Reload(settings, reread)
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.ask)
    async with running(settings, SystemClock(), SystemEntropy()) as daemon:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        await daemon.keepers.known(stop, within=_BOT_SECONDS)
        readiness.ready()
        reload.begin(daemon.keepers)
        logger.info("ready", extra={"public_url": settings.http.public_url, "port": daemon.port})
        daemon.ended.add_done_callback(lambda _ended: stop.set())
        await stop.wait()
        readiness.stopping()
        if daemon.ended.done():
            logger.error("a part of the daemon ended by itself; stopping", extra={"part": daemon.ended.result()})
            return 1
        logger.info("stopping")
    return 0


@asynccontextmanager
async def running(settings: Settings, clock: Clock, entropy: Entropy) -> AsyncIterator[Running]:
    """Start everything, and stop everything when the block ends; raise ``SettingsError`` or ``OSError`` (port)."""
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as parts:
        with explain_bad_ground(settings):
            parts.enter_context(only_daemon(settings.storage.sqlite_path))
            seal = open_seal(settings, entropy)
            store = await parts.enter_async_context(open_store(settings.storage.url, seal))
            services = wire(settings, store, seal, clock, entropy)
            await services.keys.open_ring()
        await store.read(partial(_recall_usernames, services))
        session = await parts.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0))
        )
        keepers = make_keepers(settings, services, session)
        schedule = start_schedule(services, keepers)
        parts.callback(schedule.shutdown, wait=False)
        tasks = [asyncio.create_task(keeper.run(), name=f"bot {keeper.bot.name}") for keeper in keepers]
        health = StoreHealth(store)
        tasks.append(asyncio.create_task(_feed_watchdog(health), name="watchdog"))
        sender = await parts.enter_async_context(WebhookSender(settings.webhooks.allowed_networks))
        tasks.append(asyncio.create_task(_dispatch(services, sender).run(), name="webhooks"))
        tasks.append(asyncio.create_task(services.later.run(), name="ticking"))
        deliver = _deliver(services, keepers)
        tasks.append(asyncio.create_task(deliver.run(), name="outbox"))
        tasks.append(asyncio.create_task(_broadcasting(services).run(), name="broadcasts"))
        parts.push_async_callback(_cancel, tasks)
        for task in tasks:
            task.add_done_callback(partial(_note_end, ended))
        port = await listen(application(settings, services, keepers, health, deliver.lanes), settings, parts)
        yield Running(services, keepers, schedule, port, ended)


def _recall_usernames(services: Services, unit: Unit) -> None:
    for bot in services.links.bots():
        username = unit.bots.username(bot.name)
        if username is not None:
            services.links.learn(bot.name, username)


def _dispatch(services: Services, sender: WebhookSender) -> Dispatcher:
    return Dispatcher(
        store=services.store,
        clock=services.clock,
        entropy=services.entropy,
        seal=services.seal,
        courier=sender,
    )


def _deliver(services: Services, keepers: Keepers) -> Lanes:
    return Lanes(
        Dependencies(
            store=services.store,
            clock=services.clock,
            outbox=services.outbox,
            settlement=services.settlement,
            messengers=keepers,
        )
    )


def _broadcasting(services: Services) -> BroadcastWorker:
    return BroadcastWorker(
        store=services.store,
        clock=services.clock,
        outbox=services.outbox,
        publisher=services.publisher,
    )


async def _feed_watchdog(health: StoreHealth) -> None:
    """Tell systemd that we are alive, for as long as the store can write."""
    interval = readiness.watchdog_interval()
    while interval is not None:
        if await health.is_well():
            readiness.watchdog()
        await asyncio.sleep(interval)
    await asyncio.Event().wait()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _note_end(ended: asyncio.Future[str], task: asyncio.Task[None]) -> None:
    if task.cancelled() or ended.done():
        return
    logger.error("ended by itself", exc_info=task.exception(), extra={"part": task.get_name()})
    ended.set_result(task.get_name())
