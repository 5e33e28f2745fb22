"""From a messenger's updates to answers: kept first, then worked on, in order within a chat, side by side across chats.

A listener takes updates durably (so the messenger may forget them at once), hands each to the conversation, and notes
when it was worked on. What was not worked on when we died is taken up again at the next start. A messenger that is
busy is asked again, while the person may still be waiting.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Final

from gatepost.bots.conversation import Conversation
from gatepost.core.errors import Busy, GatepostError
from gatepost.core.flows.inbox import Inbox
from gatepost.core.model.message import Heard, Update
from gatepost.core.ports import Messenger, Refused, Revoked, TryLater, Unreachable

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 256
"""How many updates of one bot are in work or in line at most; beyond that we stop taking, and the messenger keeps."""
_TRIES: Final = 6
_STORE_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
"""Asked to wait longer than this, we give up: the login would be over by then."""


class Listener:
    """Listens for one bot. Make it, ``resume``, feed ``take``, and ``close``."""

    def __init__(self, messenger: Messenger, conversation: Conversation, inbox: Inbox) -> None:
        self.messenger = messenger
        self._conversation = conversation
        self._inbox = inbox
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._chats: dict[str, deque[tuple[Update, Heard]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._done: list[str] = []
        self._noting: asyncio.Task[None] | None = None

    async def resume(self) -> None:
        """Take up what was kept but not worked on when the last run ended."""
        left_over = await self._inbox.left_over(self.messenger.bot)
        if left_over:
            logger.info("taking up updates of the last run", extra={"bot": self.messenger.bot, "count": len(left_over)})
        for update in left_over:
            await self._line_up(update)

    async def take(self, updates: Sequence[Update]) -> None:
        """Keep ``updates`` for good and line them up; returns once they are safe."""
        for update in await self._inbox.take(updates):
            await self._line_up(update)

    async def close(self) -> None:
        """Stop working; what is unfinished stays in the inbox."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        while self._noting is not None:
            await self._noting

    async def _line_up(self, update: Update) -> None:
        await self._room.acquire()
        try:
            heard = self.messenger.translate(update)
        except Exception:
            logger.exception("an update makes no sense; skipping it", extra={"bot": update.bot, "key": update.key})
            heard = None
        if heard is None:
            self._finish(update)
            return
        waiting = self._chats.get(heard.sender.chat)
        if waiting is not None:
            waiting.append((update, heard))
            return
        self._chats[heard.sender.chat] = deque([(update, heard)])
        worker = asyncio.create_task(self._work(heard.sender.chat))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, chat: str) -> None:
        """Work through one chat's line, in order, and leave when it is empty."""
        waiting = self._chats[chat]
        try:
            while waiting:
                update, heard = waiting.popleft()
                self._finish(update, worked_on=await self._hear(heard))
        finally:
            del self._chats[chat]

    async def _hear(self, heard: Heard) -> bool:
        """Hand over to the conversation and return whether that was possible.

        Nothing that goes wrong with one update may stop the others.
        """
        for _ in range(_TRIES):
            try:
                await self._conversation.hear(self.messenger, heard)
            except Busy:
                await asyncio.sleep(_STORE_PAUSE)
            except TryLater as pause:
                if pause.after > _LONGEST_PAUSE:
                    self._log_unanswered(heard, pause)
                    return True
                await asyncio.sleep(pause.after)
            except (Unreachable, Refused, Revoked, GatepostError) as trouble:
                self._log_unanswered(heard, trouble)
                return True
            except Exception:
                logger.exception("a bug in the conversation", extra=self._fields(heard))
                return True
            else:
                return True
        self._log_unanswered(heard, TimeoutError("store or messenger stayed busy; keeping it for the next start"))
        return False

    def _log_unanswered(self, heard: Heard, trouble: Exception) -> None:
        logger.warning("could not answer", extra={**self._fields(heard), "why": f"{type(trouble).__name__}: {trouble}"})

    def _fields(self, heard: Heard) -> dict[str, str]:
        return {"bot": self.messenger.bot, "heard": type(heard).__name__}

    def _finish(self, update: Update, *, worked_on: bool = True) -> None:
        self._room.release()
        if not worked_on:
            return
        self._done.append(update.key)
        if self._noting is None:
            self._noting = asyncio.create_task(self._note())

    async def _note(self) -> None:
        """Note what is done, many at a time: nobody waits for it, and doing it twice does no harm."""
        try:
            while self._done:
                keys, self._done = self._done, []
                await self._inbox.done(self.messenger.bot, keys)
        except GatepostError as trouble:
            logger.warning("could not note handled updates", extra={"bot": self.messenger.bot, "why": str(trouble)})
        finally:
            self._noting = None
