"""The inbox: what messengers tell us is kept before they may forget it, and worked on afterwards.

So nothing heard is lost when we die in between, and nothing told twice has a second effect. Bodies are sealed, since
they hold names, phones and texts, and are erased once worked on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.clock import Clock
from core.model.ids import BotName
from core.model.messages.message import Update
from core.ports.store import Store, Unit
from core.seal import Seal

PAGE: Final = 500
"""How many unhandled updates of one bot are taken up again at a time after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The story of an update before it is worked on."""

    store: Store
    clock: Clock
    seal: Seal

    async def take(self, updates: Sequence[Update]) -> Sequence[Update]:
        """Keep ``updates`` for good, and return those that were not told before."""
        now = self.clock.now()
        sealed = [(update, self.seal.seal(update.body, update_context(update.bot, update.key))) for update in updates]

        def keep(unit: Unit) -> Sequence[Update]:
            return [update for update, body in sealed if unit.inbox.take(update, body, now)]

        return await self.store.write(keep)

    async def done(self, bot: BotName, keys: Sequence[str]) -> None:
        """Note that the updates with these keys were worked on."""
        await self.store.write(lambda unit: unit.inbox.done(bot, keys))

    async def left_over(self, bot: BotName, after: Update | None = None) -> Sequence[Update]:
        """Return a page of the updates kept but not worked on, oldest first, from behind ``after``; empty at the end.

        ``after`` is the last update of the page before, ``None`` for the first page. Raises ``SealBrokenError``.
        """
        last = after.key if after else None
        waiting = await self.store.read(lambda unit: unit.inbox.waiting(bot, last, PAGE))
        return [Update(bot, key, self.seal.open(sealed, update_context(bot, key))) for key, sealed in waiting]


def update_context(bot: BotName, key: str) -> str:
    """Return what an update's body is sealed for."""
    return f"update {bot} {key}"
