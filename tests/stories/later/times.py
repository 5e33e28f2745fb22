"""A town in which time is moved: what is due is sent, and then it is quiet."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp

from core.entropy import SystemEntropy
from core.later.enrolment import TICKS
from core.later.worker import Deferral
from core.model.ids import BotName
from core.model.messages.payloads import SubscribeLink
from core.model.people.person import MessengerName, Sender
from core.ports.store import Unit
from daemon.run import running
from emulator import Emulator
from emulator.people import Person
from tests.stories.backend import Backend
from tests.stories.handsets import Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Json, Town, site_app, town_settings
from tests.waiting import a_moment, patience
from tests.webhooks.receiver import Receiver

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
WEBHOOKS: Final = {"allowed_networks": ["127.0.0.0/8"]}


@asynccontextmanager
async def day(folder: Path, telegram: Emulator, telegram_url: str, clock: MovedClock) -> AsyncIterator[Town]:
    """Run a daemon beside a Telegram that is there before and after it."""
    async with AsyncExitStack() as parts:
        settings = town_settings(folder, telegram_url, webhooks=WEBHOOKS)
        daemon = await parts.enter_async_context(running(settings, clock, SystemEntropy()))
        browser = await parts.enter_async_context(aiohttp.ClientSession())
        here = Town(telegram, daemon, await site_app(daemon), browser, f"http://127.0.0.1:{daemon.port}", folder)
        await daemon.keepers.reached()
        yield here


async def until_quiet(here: Town) -> None:
    """Wait until all that is due has been sent."""
    services = here.daemon.services
    services.store.bells.ring(TICKS)

    def is_quiet(unit: Unit) -> bool:
        now = services.clock.now()
        moments = [job.first_due(unit, now) for job in services.later.jobs]
        is_waiting = any(unit.lanes.is_due(bot, now) for bot in here.daemon.keepers.names())
        is_sending = bool(unit.outbox.waiting())
        return not is_waiting and not is_sending and not any(moment and moment <= now for moment in moments)

    async with patience():
        while not await services.store.read(is_quiet):
            await a_moment()


async def stop_worker() -> None:
    """End the worker that posts what is due, as a crash of it would; the rest of the daemon goes on."""
    (worker,) = [task for task in asyncio.all_tasks() if task.get_name() == "ticking"]
    worker.cancel()
    await asyncio.wait([worker])


async def step(here: Town, job: int) -> None:
    """Do one step of a job, as the worker would."""
    services = here.daemon.services
    await services.store.write(lambda unit: services.later.jobs[job].step(unit, services.clock.now(), Deferral()))
    await until_sent(here)


async def until_sent(here: Town) -> None:
    """Wait until the outbox is empty."""
    async with patience():
        while await here.daemon.services.store.read(lambda unit: unit.outbox.waiting()):
            await a_moment()


async def come(here: Town, person: Person) -> None:
    """Let somebody subscribe in the moved time, which their messenger does not live in."""
    await here.daemon.services.conversation.subscribe.join(_sender(person), SubscribeLink(here.app.slug))


async def leave(here: Town, person: Person) -> None:
    """Let somebody leave in the moved time."""
    assert await here.daemon.services.conversation.subscribe.leave_all(_sender(person))


async def switched(here: Town, *, enabled: bool) -> None:
    """Let the operator switch the project on or off."""
    apps = here.daemon.services.apps
    (app,) = await apps.list_all()
    await apps.change(replace(app, enabled=enabled))


async def move(here: Town, clock: MovedClock, **ahead: float) -> None:
    """Let time pass, and what is due be sent; nothing is under way meanwhile, as no lease is over in an instant."""
    await until_quiet(here)
    clock.ahead += timedelta(**ahead)
    await until_quiet(here)


async def move_to(here: Town, clock: MovedClock, moment: datetime) -> None:
    """Let it be a moment, or a little later, and what is due be sent."""
    await until_quiet(here)
    clock.ahead += moment - clock.now()
    await until_quiet(here)


async def subscribed(backend: Backend, handset: Handset, name: str = "Anna") -> tuple[Person, str]:
    """Let somebody subscribe, and return them and their id."""
    person = backend.town.visitor(first_name=name)
    await handset.open(person, (await backend.get("/subscribe-link"))[f"{handset.messenger}_link"])
    page = await backend.get("/subscribers?limit=200")
    (found,) = [each["id"] for each in page["subscribers"] if each["first_name"] == name]
    return person, str(found)


def heard(handset: Handset, person: Person, *texts: str) -> list[str]:
    """Return which of the texts somebody got, in order, as often as they did."""
    return [text for message in handset.chat(person).messages.values() if (text := message.text) in texts]


async def listen(backend: Backend, receiver: Receiver, *events: str) -> None:
    """Have the receiver told of events."""
    await backend.post("/webhooks", {"url": receiver.url, "events": list(events)})


async def told(receiver: Receiver) -> Json:
    """Return the next thing that the site is told."""
    event: Json = json.loads((await receiver.next()).body)
    return event


def _sender(person: Person) -> Sender:
    return Sender(
        bot=BotName("tg"),
        messenger=MessengerName.TELEGRAM,
        user_id=str(person.id),
        chat=str(person.id),
        first_name=person.first_name,
    )
