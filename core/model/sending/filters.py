"""What to look for in the log of what was sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.model.ids import BotName
from core.model.sending.notice import NoticeState

UNDELIVERED: Final = (NoticeState.FAILED, NoticeState.EXPIRED, NoticeState.UNKNOWN)
"""How a message ends that may not have arrived."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which of an app's messages: all, those that may not have arrived, or those of them in one ``state``."""

    undelivered: bool = False
    state: NoticeState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """What may not have arrived and can be sent once more: accepted ``since``, by a bot or any, in a state or any."""

    since: datetime
    bot: BotName | None = None
    state: NoticeState | None = None
