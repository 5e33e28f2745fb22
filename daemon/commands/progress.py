"""Shows how a broadcast goes: a bar that moves in a terminal, else a line now and then."""

import json
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, Protocol

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from core.model.broadcasts.broadcast import Broadcast
from daemon.commands.broadcasts import shape
from daemon.commands.tables import say

_LINE_SECONDS: Final = 10.0
_SPEED_SECONDS: Final = 30.0
"""Over how long the rate is taken."""


class Watcher(Protocol):
    """A reader of how far the work is."""

    def show(self, job: Broadcast, *, is_last: bool = False) -> None:
        """Show how the broadcast stands."""
        ...


@contextmanager
def watcher(total: int, *, as_json: bool) -> Iterator[Watcher]:
    """Return what suits the reader: a bar for a terminal, JSON lines if they are wanted, else plain lines."""
    if as_json or not sys.stdout.isatty():
        yield Lines(as_json=as_json)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[counts]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress:
        yield Bar(progress, progress.add_task("pending", total=max(total, 1), counts=""))


class Rate:
    """How many a second, over the last half minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def after(self, done: int, at: float) -> float:
        """Return how many were done a second, ``done`` being done at ``at`` seconds."""
        self._seen.append((at, done))
        while at - self._seen[0][0] > _SPEED_SECONDS:
            self._seen.popleft()
        began, before = self._seen[0]
        return (done - before) / (at - began) if at > began else 0.0


class Bar:
    """A bar in a terminal."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._rate = Rate()

    def show(self, job: Broadcast, *, is_last: bool = False) -> None:
        """Show how the broadcast stands."""
        rate = self._rate.after(job.sent + job.failed, monotonic())
        counts = f"{job.total} in all, {job.sent} sent, {job.failed} failed, {job.skipped} skipped, {rate:.1f}/s"
        done = max(job.total, 1) if is_last and job.waiting == 0 else job.total - job.waiting - job.posted
        self._progress.update(self._task, completed=done, description=job.state.value, counts=counts)


class Lines:
    """A line every ten seconds, and one in the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._rate = Rate()
        self._next = 0.0

    def show(self, job: Broadcast, *, is_last: bool = False) -> None:
        """Show how the broadcast stands, if it is time or the end."""
        now = monotonic()
        rate = self._rate.after(job.sent + job.failed, now)
        if now < self._next and not is_last:
            return
        self._next = now + _LINE_SECONDS
        left = job.waiting + job.posted
        eta = round(left / rate) if rate and not is_last else None
        if self._as_json:
            say(json.dumps({**shape(job), "per_second": round(rate, 1), "seconds_left": eta}))
            return
        more = "" if eta is None else f", about {eta} s left"
        say(
            f"{job.state.value}: {job.total} in all, {job.sent} sent, {job.failed} failed, {job.skipped} skipped,"
            f" {rate:.1f}/s{more}"
        )
