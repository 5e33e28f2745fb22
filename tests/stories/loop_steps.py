"""How long the steps of the event loop are, in which the daemon, the messengers and the test itself take turns."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

BOUND = 0.04
"""Seconds of computing that one step may take: twice what is promised, as tests share a processor with others."""


@contextmanager
def measured_steps() -> Iterator[list[tuple[float, str]]]:
    """Return the steps that took longer than ``BOUND`` of this thread's own computing time, and whose they were.

    Time that the machine gives to others does not count, nor does the collector of garbage, which looks through all
    that other tests have left behind.
    """
    long: list[tuple[float, str]] = []
    run = asyncio.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        run(handle)
        taken = time.thread_time() - begun
        if taken > BOUND:
            long.append((taken, repr(handle)))

    gc.collect()
    gc.disable()
    asyncio.Handle._run = measured  # type: ignore[assignment, method-assign]
    try:
        yield long
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
        gc.enable()
