"""Sending what apps write to people: a lane for each bot, side by side, so that no messenger waits for another."""

import asyncio
from dataclasses import dataclass

from gatepost.core.flows.lane import Ground, Lane


@dataclass(frozen=True, slots=True)
class Deliver:
    """The worker."""

    ground: Ground

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            for bot in self.ground.messengers.names():
                lanes.create_task(Lane(bot, self.ground).run(), name=f"lane {bot}")
            await asyncio.Event().wait()
