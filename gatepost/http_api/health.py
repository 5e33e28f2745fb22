"""``/health``: is the daemon well? For load balancers, monitors, and people at night."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from gatepost.core.ports import Store

BotStates = Callable[[], dict[str, dict[str, object]]]
_STORE_SECONDS: Final = 2.0


async def is_store_well(store: Store) -> bool:
    """Tell whether the store could write within two seconds."""
    try:
        async with asyncio.timeout(_STORE_SECONDS):
            await store.write(lambda _unit: None)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not well
        return False
    return True


def health_handler(
    store: Store, bots: BotStates, commits: Callable[[], int]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler: 200 while logins can be started and redeemed, 503 when the store does not answer."""

    async def handle(_request: web.Request) -> web.Response:
        well = await is_store_well(store)
        states = bots()
        all_up = all(state["up"] for state in states.values())
        verdict = "down" if not well else "ok" if all_up else "degraded"
        return web.json_response({"status": verdict, "bots": states, "commits": commits()}, status=200 if well else 503)

    return handle
