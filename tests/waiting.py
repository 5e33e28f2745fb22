"""How tests wait for what rings no bell for them: the state of another part of the house, or of another program."""

import asyncio
import os
from typing import Final

PATIENCE: Final = float(os.environ.get("PATIENCE_SECONDS", "120"))
"""What is waited for takes milliseconds, unless the machine has much else to do; that is no failure.

``make defences``, whose tests wait for what is not to come, has less of it.
"""
_MOMENT: Final = 0.01


def patience() -> asyncio.Timeout:
    """Bound a wait: what does not come in this time does not come at all."""
    return asyncio.timeout(PATIENCE)


async def a_moment() -> None:
    """Let others go on before looking again; not at once, as whoever looks all the time keeps them from it."""
    await asyncio.sleep(_MOMENT)
