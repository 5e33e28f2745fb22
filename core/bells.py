"""Bells: how a waiting poll learns that its login changed, without asking the database again and again.

A waiter takes hold of the bell first, then reads the state, then waits. In that order no wake-up is lost: a change
before the read is seen by the read, a change after it rings the bell.
"""

import asyncio
from typing import Self


class Bell:
    """One waiter's hold on one bell, for the length of a ``with`` block; small, since there may be many thousands."""

    __slots__ = ("_bells", "_is_worker", "_key", "_rung")

    def __init__(self, bells: "Bells", key: bytes, *, is_worker: bool) -> None:
        self._bells = bells
        self._key = key
        self._is_worker = is_worker
        self._rung: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> Self:
        self._bells.enter(self._key, self._rung, is_worker=self._is_worker)
        return self

    def __exit__(self, *_: object) -> None:
        self._bells.leave(self._key, self._rung, is_worker=self._is_worker)

    async def wait(self, seconds: float) -> bool:
        """Wait until the bell rings or ``seconds`` have passed; return whether it rang."""
        timer = asyncio.get_running_loop().call_later(seconds, _settle, self._rung, False)  # noqa: FBT003 - the value
        try:
            return await self._rung
        finally:
            timer.cancel()


class Bells:
    """All bells, by key. The store rings them, after the commit of the unit that asked for it (``Unit.ring``).

    At most ``waiters_per_key`` visitors wait at one: the newest wins and the oldest is woken early. Workers are few;
    they are neither counted nor woken by ``close``, which would have them look for work without a rest.
    """

    def __init__(self, waiters_per_key: int = 8) -> None:
        self._waiters_per_key = waiters_per_key
        self._waiting: dict[bytes, list[asyncio.Future[bool]]] = {}
        self._working: dict[bytes, list[asyncio.Future[bool]]] = {}
        self._closed = False

    def hold(self, key: bytes) -> Bell:
        """Return a visitor's hold on the bell called ``key``."""
        return Bell(self, key, is_worker=False)

    def attend(self, key: bytes) -> Bell:
        """Return a worker's hold on the bell called ``key``."""
        return Bell(self, key, is_worker=True)

    def enter(self, key: bytes, rung: asyncio.Future[bool], *, is_worker: bool) -> None:
        """Let a waiter in; for ``Bell`` alone."""
        if is_worker:
            self._working.setdefault(key, []).append(rung)
            return
        if self._closed:
            _wake(rung)
        waiters = self._waiting.setdefault(key, [])
        waiters.append(rung)
        awake = [waiter for waiter in waiters if not waiter.done()]
        if len(awake) > self._waiters_per_key:
            _wake(awake[0])

    def leave(self, key: bytes, rung: asyncio.Future[bool], *, is_worker: bool) -> None:
        """Let a waiter go; for ``Bell`` alone."""
        bells = self._working if is_worker else self._waiting
        waiters = bells[key]
        waiters.remove(rung)
        if not waiters:
            del bells[key]

    def ring(self, key: bytes) -> None:
        """Wake all who wait at ``key``."""
        for waiting in (self._waiting, self._working):
            for rung in waiting.get(key, ()):
                _wake(rung)

    def close(self) -> None:
        """Wake every visitor, and let none wait from now on: we are shutting down."""
        self._closed = True
        for waiters in self._waiting.values():
            for rung in waiters:
                _wake(rung)

    def __len__(self) -> int:
        """Count the visitors who wait now."""
        return sum(map(len, self._waiting.values()))


def _wake(rung: asyncio.Future[bool]) -> None:
    _settle(rung, True)  # noqa: FBT003 - the value


def _settle(rung: asyncio.Future[bool], value: bool) -> None:  # noqa: FBT001 - the value of a future, not a switch
    if not rung.done():
        rung.set_result(value)
