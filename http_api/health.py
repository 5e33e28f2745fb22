"""``/health``: is the daemon well? For load balancers, monitors, and people at night."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from core.ports.store import Store

BotStates = Callable[[], dict[str, dict[str, object]]]
_STORE_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 5.0


class StoreHealth:
    """Whether the store can still write; looked at for real, but not more often than every five seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked_at = -_LOOK_SECONDS
        self._well = True

    async def is_well(self) -> bool:
        """Tell whether the store wrote something within two seconds."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            self._well = await self._can_write()
        return self._well

    async def _can_write(self) -> bool:
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                await self._store.prove()
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not well
            return False
        return True


def health_handler(
    store: StoreHealth, bots: BotStates, commits: Callable[[], int]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler: 200 while logins can be started and redeemed, 503 when the store cannot write."""

    async def handle(_request: web.Request) -> web.Response:
        well = await store.is_well()
        states = bots()
        verdict = "down" if not well else "ok" if all(map(_is_well, states.values())) else "degraded"
        return web.json_response({"status": verdict, "bots": states, "commits": commits()}, status=200 if well else 503)

    return handle


def _is_well(state: dict[str, object]) -> bool:
    """Tell whether a bot is up, and sends what sites write."""
    outbox = state["outbox"]
    return bool(state["up"]) and (not isinstance(outbox, dict) or outbox["breaker"] == "closed")
