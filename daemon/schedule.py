"""The calendar: what is done every so often. APScheduler keeps the time; each job is one call into the core."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.errors import Busy
from core.housekeeping.sweep import StalePrompt
from core.model.ids import BotName, LoginId
from core.ports.messengers import Refused, Revoked, TryLater, Unreachable
from daemon.supervise import Keepers
from daemon.wiring import Services

logger = logging.getLogger(__name__)

_PROMPTS_SECONDS: Final = 5
_NOTICE_SECONDS: Final = 5
_SWEEP_SECONDS: Final = 60
_KEYS_SECONDS: Final = 3600
_FIRST_SECONDS: Final = 10
"""How soon after the start each job has its first turn, at the latest."""
_JOB_SECONDS: Final = 60


def start_schedule(services: Services, keepers: Keepers) -> AsyncIOScheduler:
    """Start the calendar; the caller shuts it down."""
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        executors={"default": AsyncIOExecutor()},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def every(seconds: int, name: str, job: Callable[[], Awaitable[object]]) -> None:
        first = datetime.now(UTC) + timedelta(seconds=min(seconds, _FIRST_SECONDS))  # noqa: TID251 - the calendar's own
        scheduler.add_job(_surviving(name, job), "interval", seconds=seconds, name=name, next_run_time=first)

    every(_PROMPTS_SECONDS, "settle prompts", lambda: settle_prompts(services, keepers))
    every(_NOTICE_SECONDS, "notice keys", services.keys.notice)
    every(_SWEEP_SECONDS, "sweep", services.sweep.sweep)
    every(_SWEEP_SECONDS, "expire", services.expiry.expire)
    every(_KEYS_SECONDS, "keep keys", services.keys.keep_up)
    scheduler.start()
    return scheduler


async def settle_prompts(services: Services, keepers: Keepers) -> None:
    """Take the buttons from prompts whose logins ended elsewhere, or that were not answered in time.

    One whose messenger is away waits for it and holds up no other; one whose bot is no longer ours is forgotten.
    """
    away: set[BotName] = set()
    after: LoginId | None = None
    while page := await services.sweep.stale_prompts(after):
        for stale in page:
            bot = stale.account.bot
            if bot not in away and (bot not in keepers or keepers.messenger(bot) is not None):
                await _settle(services, keepers, stale, away)
        after = page[-1].login.asked.login_id


async def _settle(services: Services, keepers: Keepers, stale: StalePrompt, away: set[BotName]) -> None:
    """Settle one prompt; adds its bot to ``away`` if the messenger cannot be reached."""
    bot = stale.account.bot
    messenger = keepers.messenger(bot)
    if not await services.sweep.settle_prompt(stale) or messenger is None:
        return
    try:
        await services.conversation.logins.settle(messenger, stale)
    except TryLater:
        away.add(bot)
        await services.sweep.unsettle_prompt(stale)
    except (Unreachable, Refused, Revoked) as trouble:
        logger.info("a prompt could not be edited", extra={"bot": bot, "why": str(trouble)})


def _surviving(name: str, job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Let one failed turn be logged and the next one come."""

    async def run() -> None:
        try:
            async with asyncio.timeout(_JOB_SECONDS):
                await job()
        except Busy:
            logger.warning("the store is busy; trying again at the next turn", extra={"job": name})
        except Exception:
            logger.exception("a scheduled job failed", extra={"job": name})

    return run
