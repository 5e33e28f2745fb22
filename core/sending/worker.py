"""Sending what apps write to people: a lane for each bot, side by side, so that no messenger waits for another."""

import asyncio

from core.sending.lane import Lane
from core.sending.leases import Ground


class Deliver:
    """The worker; ``lanes`` tell how they are doing."""

    def __init__(self, ground: Ground) -> None:
        self.lanes = tuple(Lane(bot, ground) for bot in ground.messengers.names())

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as running:
            for lane in self.lanes:
                running.create_task(lane.run(), name=f"lane {lane.bot}")
            await asyncio.Event().wait()
