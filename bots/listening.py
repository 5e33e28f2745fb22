"""From a messenger's updates to answers: kept first, then worked on, in order within a chat, side by side across chats.

A listener takes updates durably (so the messenger may forget them at once), lines them up, hands each to the
conversation, and notes when it was worked on. What was not worked on when we died is taken up again at the next
start. A messenger that is busy is asked again, for as long as the person may still be waiting; what is given up is
given up for good, since repeating it days later would undo what the person has done since.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from bots.talk.conversation import Conversation
from bots.talk.prompts import read_command
from core.errors import Busy, GatepostError
from core.messengers.inbox import Inbox
from core.model.messages.message import Blocked, Heard, Renumbered, Said, Unblocked, Update
from core.model.messages.receipt import Receipt
from core.ports.messengers import Messenger, Refused, Revoked, TryLater, Unreachable

logger = logging.getLogger(__name__)

CHATS_AT_ONCE: Final = 1_000
"""How many chats of one bot are worked on at once; the others stand in line."""
UNFINISHED_LIMIT: Final = 10_000
"""How many updates of one bot may be unfinished; beyond that we stop taking, and the messenger keeps."""
_LAST_PLACES: Final = 2_000
"""How many may stand in a line at the very most, of what must not be passed over."""
_ROOM_SECONDS: Final = 5.0
"""How long a messenger that brings updates waits for room before being told to come back."""
LINE_LIMIT: Final = 20
"""How many updates of one chat may stand in line; no person taps that fast, and one must not stop the bot."""
_GIVE_UP_SECONDS: Final = 300.0
"""A login's lifetime: who has had no answer by then has gone back to the website."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class Listener:
    """Listens for one bot. Make it, ``resume``, feed ``take``, and ``close``.

    ``alarm`` is called with the reason when the messenger will not let the bot work any more. ``skipped`` is how many
    updates made no sense.
    """

    def __init__(
        self, messenger: Messenger, conversation: Conversation, inbox: Inbox, alarm: Callable[[str], None]
    ) -> None:
        self.messenger = messenger
        self._alarm = alarm
        self.skipped = 0
        self._unfinished = 0
        self._has_finished = asyncio.Event()
        self._conversation = conversation
        self._inbox = inbox
        self._room = asyncio.Semaphore(CHATS_AT_ONCE)
        self._chats: dict[str, deque[tuple[Update, Heard]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: list[str] = []
        self._noting: asyncio.Task[None] | None = None

    async def resume(self) -> None:
        """Take up what was kept but not worked on when the last run ended."""
        count, last = 0, None
        while left_over := await self._inbox.left_over(self.messenger.bot, last):
            for update in left_over:
                self._line_up(update)
            count, last = count + len(left_over), left_over[-1]
            await self._wait_for_room()
        if count:
            logger.info("took up updates of the last run", extra={"bot": self.messenger.bot, "count": count})

    async def take(self, updates: Sequence[Update]) -> None:
        """Keep ``updates`` for good and line them up; returns once they are safe, raises ``Busy`` if there is no room.

        A caller who goes away in the middle (a webhook's connection breaks) does not part the one from the other:
        the messenger would repeat an update that we know, and it would never be worked on.
        """
        try:
            async with asyncio.timeout(_ROOM_SECONDS):
                await self._wait_for_room()
        except TimeoutError:
            raise Busy from None
        await asyncio.shield(self._begin(self._keep(updates)))

    async def close(self) -> None:
        """Stop working; what is unfinished stays in the inbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.gather(self._noting, return_exceptions=True)
        if self._done:
            await self._inbox.done(self.messenger.bot, self._done)

    async def _keep(self, updates: Sequence[Update]) -> None:
        for update in await self._inbox.take(updates):
            self._line_up(update)

    async def _wait_for_room(self) -> None:
        while self._unfinished >= UNFINISHED_LIMIT:
            self._has_finished.clear()
            await self._has_finished.wait()

    def _line_up(self, update: Update) -> None:
        self._unfinished += 1
        try:
            heard = self.messenger.translate(update)
        except Exception as trouble:  # noqa: BLE001 - whatever a stranger has put into it
            why = {"bot": update.bot, "key": update.key, "why": type(trouble).__name__}
            logger.warning("an update makes no sense; skipping it", extra=why)
            self.skipped += 1
            heard = None
        if heard is None:
            self._finish(update)
            return
        chat = _line_of(heard)
        line = self._chats.get(chat)
        if line is None:
            self._chats[chat] = deque([(update, heard)])
            self._begin(self._work(chat))
        elif len(line) < LINE_LIMIT or (_must_be_heard(heard) and len(line) < _LAST_PLACES):
            line.append((update, heard))
        else:
            logger.warning("a chat talks faster than it is answered; passing over", extra=self._fields(heard))
            self._finish(update)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self, chat: str) -> None:
        """Work through one chat's line, in order, and leave when it is empty."""
        line = self._chats[chat]
        try:
            async with self._room:
                while line:
                    update, heard = line[0]
                    await self._hear(heard)
                    line.popleft()
                    self._finish(update)
        finally:
            del self._chats[chat]

    async def _hear(self, heard: Heard) -> None:
        """Hand over to the conversation; nothing that goes wrong with one update may stop the others."""
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + _GIVE_UP_SECONDS, _FIRST_PAUSE
        while True:
            try:
                await self._conversation.hear(self.messenger, heard)
            except (Busy, TryLater) as trouble:
                pause = min(pause * 2, _LONGEST_PAUSE)
                seconds = max(pause, trouble.after) if isinstance(trouble, TryLater) else pause
                if loop.time() + seconds > deadline:
                    self._log_unanswered(heard, trouble)
                    return
                await asyncio.sleep(seconds)
            except Unreachable as trouble:
                self._log_unanswered(heard, trouble)
                await self._lose(heard)
                return
            except Revoked as trouble:
                self._log_unanswered(heard, trouble)
                self._alarm(str(trouble))
                return
            except (Refused, GatepostError) as trouble:
                self._log_unanswered(heard, trouble)
                return
            except Exception:
                logger.exception("a bug in the conversation", extra=self._fields(heard))
                return
            else:
                return

    async def _lose(self, heard: Heard) -> None:
        """Note that this person cannot be written to now; what they consented to stays, they may come back."""
        if isinstance(heard, Receipt):
            return
        try:
            await self._conversation.subscribe.miss(heard.sender)
        except Busy:
            logger.warning("could not note an unreachable account", extra=self._fields(heard))

    def _log_unanswered(self, heard: Heard, trouble: Exception) -> None:
        logger.warning("could not answer", extra={**self._fields(heard), "why": f"{type(trouble).__name__}: {trouble}"})

    def _fields(self, heard: Heard) -> dict[str, str]:
        return {"bot": self.messenger.bot, "heard": type(heard).__name__}

    def _finish(self, update: Update) -> None:
        self._unfinished -= 1
        self._has_finished.set()
        self._done.append(update.key)
        if self._noting is None:
            self._noting = asyncio.create_task(self._note())

    async def _note(self) -> None:
        """Note what is done, many at a time: no caller waits for it, and doing it twice does no harm."""
        try:
            while self._done:
                keys, self._done = self._done, []
                try:
                    await self._inbox.done(self.messenger.bot, keys)
                except Busy:
                    self._done = keys + self._done
                    await asyncio.sleep(_FIRST_PAUSE)
        finally:
            self._noting = None


def _line_of(heard: Heard) -> str:
    """Return in which line it stands: a chat's are heard in order, and so are a bot's receipts."""
    return "receipts" if isinstance(heard, Receipt) else heard.sender.chat


def _must_be_heard(heard: Heard) -> bool:
    """Tell whether passing it over would do harm, such as leaving a consent that was ended."""
    if isinstance(heard, Said):
        return read_command(heard.text) in {"/stop", "/no"}
    return isinstance(heard, Blocked | Unblocked | Renumbered | Receipt)
