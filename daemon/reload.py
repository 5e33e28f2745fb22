"""SIGHUP: the settings and the files of secrets they name are read again, and what can change while running does.

Log settings count at once; a bot whose own settings changed (its token, say) is connected anew. Everything else is
named in the log as what a restart takes. Settings that are wrong change nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from config.complaints import SettingsError
from core.model.ids import BotName
from daemon import logs
from daemon.messengers import Settings
from daemon.supervise import Keepers

logger = logging.getLogger(__name__)

_AT_ONCE: Final = frozenset({"log", "bots"})
"""The sections of the settings in which changes count at once; bots one by one."""


class Reload:
    """What a running daemon does when it is told that its settings changed."""

    def __init__(self, settings: Settings, reread: Callable[[], Settings]) -> None:
        self._settings = settings
        self._reread = reread
        self._keepers: Keepers | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_asked = False

    def ask(self) -> None:
        """Read the settings again; while that is under way it is done once more afterwards."""
        self._is_asked = True
        if self._keepers is not None and (self._reading is None or self._reading.done()):
            self._reading = asyncio.get_running_loop().create_task(self._read(self._keepers))

    def begin(self, keepers: Keepers) -> None:
        """Begin to do what is asked, and what was asked during the start."""
        self._keepers = keepers
        if self._is_asked:
            self.ask()

    async def _read(self, keepers: Keepers) -> None:
        while self._is_asked:
            self._is_asked = False
            try:
                settings = await asyncio.to_thread(self._reread)
            except SettingsError as error:
                why = "; ".join(map(str, error.complaints))
                logger.error("the settings are wrong, and stay as they were", extra={"why": why})  # noqa: TRY400 - no bug
            except Exception:
                logger.exception("a bug in reading the settings, which stay as they were")
            else:
                self._apply(settings, keepers)

    def _apply(self, settings: Settings, keepers: Keepers) -> None:
        former, self._settings = self._settings, settings
        logs.configure(settings.log.level, settings.log.format)
        changed = {bot.name: bot for bot in settings.bots if bot not in former.bots}
        may_go_on = {(bot.name, bot.messenger) for bot in former.bots}
        renewed = {name: bot for name, bot in changed.items() if (name, bot.messenger) in may_go_on}
        for name, bot in renewed.items():
            keepers.renew(BotName(name), bot)
        sections = (name for name in type(settings).model_fields if name not in _AT_ONCE)
        waiting = [name for name in sections if getattr(settings, name) != getattr(former, name)]
        gone = {bot.name for bot in former.bots} - {bot.name for bot in settings.bots}
        waiting += sorted(f"bots {name}" for name in gone | (changed.keys() - renewed.keys()))
        logger.info("the settings were read again", extra={"renewed": sorted(renewed), "need_restart": waiting})
