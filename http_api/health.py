"""``/health``: whether the daemon is well, for load balancers, monitors, and operators at night."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Final, Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ConfigDict, Field

from core.errors import Busy
from core.model.people.person import MessengerName
from core.ports.store import Store
from http_api.route import Access, HttpRoute, ResponseBody, Route
from http_api.unknown import FROM_ANYWHERE

BotStates = Callable[[], dict[str, dict[str, object]]]
_STORE_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 5.0


class OutboxHealth(ResponseBody):
    """What sites send by a bot: unless ``closed`` all of it waits for the messenger, which is tried now and then."""

    model_config = ConfigDict(defer_build=True)

    breaker: Literal["closed", "open", "probing"]
    until: Annotated[str | None, Field(description="When something may be sent (again).")]
    why: str


class BotHealth(ResponseBody):
    """How a bot is doing; moments are ISO 8601 in UTC."""

    model_config = ConfigDict(defer_build=True)

    messenger: MessengerName
    up: bool
    since: str | None
    why: Annotated[str | None, Field(description="What is wrong, if it is not up.")]
    last_call: Annotated[str | None, Field(description="When its messenger last called us.")]
    refused_calls: Annotated[int, Field(description="How many calls could not be authenticated.")]
    skipped_updates: Annotated[int, Field(description="How many updates of its messenger made no sense.")]
    outbox: OutboxHealth | None


class Health(ResponseBody):
    """How the daemon is doing: ``degraded`` = a bot is down or sends nothing.

    ``down`` = logins can be neither started nor redeemed.
    """

    model_config = ConfigDict(defer_build=True)

    status: Literal["ok", "degraded", "down"]
    why: Annotated[str, Field(description="Why the daemon is down, empty if it is not.")]
    bots: dict[str, BotHealth]
    commits: Annotated[int, Field(description="How many transactions the database has committed since the start.")]


class StoreHealth:
    """Whether the store can still write; looked at for real, but not more often than every five seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked_at = -_LOOK_SECONDS
        self._trouble = ""

    async def is_well(self) -> bool:
        """Tell whether the store wrote something within two seconds."""
        return not await self.trouble()

    async def trouble(self) -> str:
        """Return why the store cannot write, empty if it can."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            self._trouble = await self._look()
        return self._trouble

    async def _look(self) -> str:
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                await self._store.prove()
        except TimeoutError:
            return f"the database has not written for {_STORE_SECONDS:.0f} seconds"
        except Busy as trouble:
            return f"the database cannot write: {trouble.why or 'too much waits to be written'}"
        except Exception as trouble:  # noqa: BLE001 - whatever is wrong with it, it is not well
            return f"the database cannot write: {type(trouble).__name__}"
        return ""


def health_route(store: StoreHealth, bots: BotStates, commits: Callable[[], int]) -> HttpRoute:
    """Return the route, which is of no dialect."""
    return Route(
        method="GET",
        path="/health",
        handler=_handler(store, bots, commits),
        summary="How the daemon is doing",
        group="Keys and health",
        answers={200: (Health,), 503: (Health,)},
        access=Access.ANYONE,
        unknown=FROM_ANYWHERE,
    )


def _handler(store: StoreHealth, bots: BotStates, commits: Callable[[], int]) -> Handler:
    """Return the handler: 200 while logins can be started and redeemed, 503 when the store cannot write."""

    async def handle(_request: web.Request) -> web.Response:
        why = await store.trouble()
        states = bots()
        verdict = "down" if why else "ok" if all(map(_is_well, states.values())) else "degraded"
        told = {"status": verdict, "why": why, "bots": states, "commits": commits()}
        return web.json_response(told, status=503 if why else 200)

    return handle


def _is_well(state: dict[str, object]) -> bool:
    """Tell whether a bot is up, and sends what sites write."""
    outbox = state["outbox"]
    return bool(state["up"]) and (not isinstance(outbox, dict) or outbox["breaker"] == "closed")
