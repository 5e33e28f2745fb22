"""One bot's lane: what apps write by it goes out one after the other, at its messenger's pace.

A notice is taken up under a lease and settled in a second transaction, so nobody waits for a messenger while holding
the database. Whoever dies in between has not settled: when the lease is over the notice is sent again, and marked.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from gatepost.core.clock import Clock
from gatepost.core.errors import Busy
from gatepost.core.flows.aftermath import Aftermath
from gatepost.core.flows.aiming import elsewhere, target
from gatepost.core.flows.mailing import OUTBOX, Mailing, content_context
from gatepost.core.flows.notify import bell_of
from gatepost.core.flows.quiet import held
from gatepost.core.model import notice as notices
from gatepost.core.model.backoff import pause
from gatepost.core.model.content import read_content
from gatepost.core.model.ids import BotName, NoticeId
from gatepost.core.model.notice import Attempt, Notice, NoticeState, Outcome
from gatepost.core.model.person import Account
from gatepost.core.pace import Pace
from gatepost.core.ports import (
    Messenger,
    Messengers,
    Refused,
    Revoked,
    Store,
    TryLater,
    Unit,
    Unreachable,
    Unsure,
    WindowClosed,
)
from gatepost.core.wakeups import Bells

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
"""Four times as long as a call may take."""
_BATCH: Final = 8
"""How many are taken up at once: few, so that whoever is more urgent does not stand behind many."""
_AT_ONCE: Final = 64
_POLL_SECONDS: Final = 1.0
_REVOKED_PAUSE: Final = timedelta(minutes=1)
_BUG_PAUSE: Final = timedelta(seconds=1)
_BUSY_SECONDS: Final = 0.5
_NOT_LET: Final = "the messenger does not let the bot send"

T = TypeVar("T")
Step = Callable[[Unit], Notice]
"""What becomes of a notice, as the unit finds things when it is settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all lanes stand on. ``mailing`` wakes them, ``bells`` wake those who wait for an outcome."""

    store: Store
    clock: Clock
    mailing: Mailing
    aftermath: Aftermath
    bells: Bells
    messengers: Messengers


@dataclass(frozen=True, slots=True)
class _Taken:
    """A notice that we hold, and to whom it goes."""

    notice: Notice
    attempt: Attempt
    account: Account


class Lane:
    """The messages of one bot. Whatever its messenger asks us to wait, the lane waits, and nobody else's does."""

    def __init__(self, bot: BotName, ground: Ground) -> None:
        self._bot = bot
        self._ground = ground
        self._paused_until: datetime | None = None
        self._failures = 0
        self._pace = Pace()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send what is due until cancelled; then settle what was answered.

        Whatever is held when we begin was held by a process that is gone: a bot has one lane.
        """
        try:
            await self._write_patiently(lambda unit: unit.outbox.release(self._bot))
            while True:
                with self._ground.mailing.lanes.hold(OUTBOX) as bell:
                    is_more = await self._turn()
                    await bell.wait(0 if is_more else _POLL_SECONDS)
        finally:
            for task in self._sending:
                task.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)

    async def _turn(self) -> bool:
        """Send a few; return whether there may be more to send at once."""
        messenger = self._ground.messengers.messenger(self._bot)
        room = min(_BATCH, _AT_ONCE - len(self._sending))
        if messenger is None or room <= 0 or self._is_paused():
            return False
        over: list[NoticeId] = []
        try:
            if not await self._ground.store.read(self._is_due):
                return False
            taken, is_more = await self._ground.store.write(lambda unit: self._take(unit, messenger, room, over))
        except Busy:
            logger.warning("the store is busy; looking for messages again in a moment", extra={"bot": self._bot})
            return False
        for notice_id in over:
            self._ground.bells.ring(bell_of(notice_id))
        for each in taken:
            await self._pace.turn(1 / messenger.manners.sends_per_second)
            task = asyncio.create_task(self._send(messenger, each))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return is_more

    def _is_due(self, unit: Unit) -> bool:
        """Tell whether there is something to send: every lane is woken for every message, and most find nothing."""
        return bool(unit.outbox.due(self._bot, self._ground.clock.now(), 1))

    def _is_paused(self) -> bool:
        return self._paused_until is not None and self._ground.clock.now() < self._paused_until

    def _take(self, unit: Unit, messenger: Messenger, room: int, over: list[NoticeId]) -> tuple[Sequence[_Taken], bool]:
        """Take up to ``room`` notices; ``over`` gets those that came to their end instead."""
        now = self._ground.clock.now()
        due = unit.outbox.due(self._bot, now, room)
        taken = []
        for notice in due:
            one = self._take_one(unit, messenger, notice, now)
            if isinstance(one, _Taken):
                taken.append(one)
            else:
                unit.outbox.swap(notice, one)
                self._ground.aftermath.follow(unit, notice, one, now)
                over.extend([one.notice_id] if one.next_at is None else [])
        return taken, len(due) == room

    def _take_one(self, unit: Unit, messenger: Messenger, notice: Notice, now: datetime) -> _Taken | Notice:
        """Take a notice up; or return what becomes of it instead: stale, for another account, for nobody, for later."""
        known = _after_a_crash(unit, notice) if notice.state is NoticeState.SENDING else notice
        if now >= known.expires_at:
            return notices.expired(known, now)
        waiting = held(unit, known, now)
        if waiting is not None:
            return waiting
        account = target(unit, known)
        if account is None:
            return notices.failed(known, "unsubscribed", now)
        if account.account_id != known.account_id:
            return notices.aimed(known, account, now)
        wait = self._pace.claim(account.chat, messenger.manners.chat_gap)
        if wait:
            return notices.postponed(known, now + timedelta(seconds=wait))
        after, attempt = notices.begin(known, now, now + LEASE)
        unit.outbox.swap(notice, after)
        unit.outbox.put_attempt(attempt)
        return _Taken(after, attempt, account)

    async def _send(self, messenger: Messenger, taken: _Taken) -> None:
        """Send one message and settle it; being cancelled breaks off the sending, never the settling."""
        outcome, why, step = await self._attempt(messenger, taken)
        settling = asyncio.create_task(self._settle(taken, outcome, why, step))
        try:
            await asyncio.shield(settling)
        finally:
            await settling

    async def _attempt(self, messenger: Messenger, taken: _Taken) -> tuple[Outcome, str, Step]:
        """Make the call, and say how it ended and what is to become of the notice."""
        notice, ground = taken.notice, self._ground
        try:
            content = read_content(ground.mailing.seal.open(notice.content, content_context(notice.notice_id)))
            if notice.is_test:
                message_id = f"test {notice.notice_id}"
            else:
                message_id = await messenger.deliver(taken.account.chat, content.message())
        except TryLater as trouble:
            until = self._pause(timedelta(seconds=trouble.after))
            return Outcome.LATER, str(trouble), lambda _unit: notices.postponed(notice, until)
        except Revoked as trouble:
            until, why = self._pause(_REVOKED_PAUSE), str(trouble)
            return Outcome.LATER, f"{_NOT_LET}: {why}", lambda _unit: notices.postponed(notice, until)
        except Unsure as trouble:
            why, now = str(trouble), ground.clock.now()
            return Outcome.UNSURE, why, lambda _unit: notices.unsure(notice, why, now)
        except (Unreachable, Refused) as trouble:
            why, now = str(trouble), ground.clock.now()
            is_gone = isinstance(trouble, Unreachable) and not isinstance(trouble, WindowClosed)
            outcome = Outcome.UNREACHABLE if is_gone else Outcome.REFUSED
            return outcome, why, lambda unit: elsewhere(unit, notice, why, now)
        except Exception:
            logger.exception("a bug in sending messages", extra={"bot": self._bot, "notice_id": notice.notice_id})
            until = self._pause(_BUG_PAUSE)
            return Outcome.LATER, "a bug", lambda _unit: notices.postponed(notice, until)
        self._failures = 0
        now = ground.clock.now()
        return Outcome.SENT, "", lambda unit: _as_told(unit, notices.sent(notice, message_id, now))

    def _pause(self, asked: timedelta) -> datetime:
        """Let the lane rest for as long as was asked, longer if it fails again and again; return until when."""
        self._failures += 1
        until = self._ground.clock.now() + pause(self._failures, asked, self._ground.mailing.entropy)
        self._paused_until = max(until, self._paused_until or until)
        return self._paused_until

    async def _settle(self, taken: _Taken, outcome: Outcome, why: str, step: Step) -> None:
        """Keep how an attempt ended, however long the store is busy: unsettled, the message would be sent again."""

        def settle(unit: Unit) -> Notice:
            unit.outbox.put_attempt(replace(taken.attempt, outcome=outcome, why=why))
            if outcome is Outcome.UNREACHABLE:
                _note_unreachable(unit, taken)
            after = step(unit)
            if unit.outbox.swap(taken.notice, after):
                self._ground.aftermath.follow(unit, taken.notice, after, self._ground.clock.now())
            return after

        after = await self._write_patiently(settle)
        if after.next_at is None:
            self._ground.bells.ring(bell_of(after.notice_id))
        else:
            self._ground.mailing.ring()
        fields = {"notice_id": after.notice_id, "app_id": after.app_id, "bot": self._bot, "attempt": after.attempts}
        level = logging.ERROR if why.startswith(_NOT_LET) else logging.INFO
        logger.log(level, "message: %s", outcome.value, extra={**fields, "why": why})

    async def _write_patiently(self, work: Callable[[Unit], T]) -> T:
        while True:
            try:
                return await self._ground.store.write(work)
            except Busy:
                await asyncio.sleep(_BUSY_SECONDS)


def _as_told(unit: Unit, notice: Notice) -> Notice:
    """Return a message that was just sent as far as its messenger told that it came, faster than we could write."""
    receipt = unit.receipts.by_message(notice.bot, notice.message_id or "")
    return notices.told_of(notice, receipt) if receipt else notice


def _note_unreachable(unit: Unit, taken: _Taken) -> None:
    """Note that the messenger brings this person nothing, unless they have spoken since."""
    account = unit.people.account_by_id(taken.account.account_id)
    if account is not None and account.reachable and account.spoke_at == taken.account.spoke_at:
        unit.people.put_account(replace(account, reachable=False, reachable_since=taken.attempt.began_at))


def _after_a_crash(unit: Unit, notice: Notice) -> Notice:
    """Note that the attempt under way was lost with its process: the message may go out twice."""
    last = unit.outbox.attempts(notice.notice_id)[-1:]
    for attempt in last:
        unit.outbox.put_attempt(replace(attempt, outcome=Outcome.LOST))
    return replace(notice, is_maybe_twice=True)
