"""A crowd of subscribers, and what broadcasts do to it."""

import asyncio
from collections.abc import Mapping

from core.model.broadcasts.broadcast import Broadcast, BroadcastState
from emulator.people import Person
from tests.stories.backend import Backend
from tests.stories.town import BOT, Json, Town
from tests.waiting import PATIENCE, a_moment, patience

OVER = frozenset({BroadcastState.COMPLETED, BroadcastState.CANCELLED, BroadcastState.FAILED})


async def gather(backend: Backend, count: int) -> Mapping[str, Person]:
    """Let so many people subscribe by Telegram, and return them by their subscriber's id, oldest first."""
    here = backend.town
    link = (await backend.get("/subscribe-link"))["telegram_link"]
    people = [here.visitor(first_name=f"Person {number}", username=f"person_{number}") for number in range(count)]
    for person in people:
        here.telegram.open_link(person, link)
        await here.telegram.wait_for_message(person, BOT)
    listed = (await backend.get("/subscribers?limit=200"))["subscribers"]
    by_name = {person.username: person for person in people}
    return {one["id"]: by_name[one["username"]] for one in reversed(listed) if one["username"] in by_name}


def texts(here: Town, person: Person) -> list[str]:
    """Return what the bot ever said to somebody."""
    chat = here.telegram.chat(person, BOT)
    return [message.text or "" for message in chat.messages.values()]


def readers(here: Town, people: Mapping[str, Person], text: str) -> set[str]:
    """Return the ids of those who got a text; nobody may have got it twice."""
    counts = {subscriber_id: texts(here, person).count(text) for subscriber_id, person in people.items()}
    assert max(counts.values(), default=0) <= 1, counts
    return {subscriber_id for subscriber_id, count in counts.items() if count}


async def start(backend: Backend, text: str, **wishes: object) -> str:
    """Start a broadcast and return its id."""
    return str((await backend.post("/broadcast", {"text": text, **wishes}))["job_id"])


async def over(backend: Backend, job_id: str, within: float = PATIENCE) -> Json:
    """Wait until a broadcast is over and told of, and return how it stands, as the site is told."""
    broadcasts = backend.town.daemon.services.broadcasts
    async with asyncio.timeout(within):
        while (await broadcasts.any(job_id)).over_at is None:
            await a_moment()  # there is no bell for a broadcast
    return await backend.get(f"/broadcast/{job_id}")


async def until(here: Town, job_id: str, *, sent: int) -> Broadcast:
    """Wait until so many were sent."""
    async with patience():
        while (job := await here.daemon.services.broadcasts.any(job_id)).sent < sent:
            await a_moment()  # as above
    return job
