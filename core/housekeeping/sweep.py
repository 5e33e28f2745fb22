"""Sweeping up: unfinished logins, profiles that no site fetched, updates long since worked on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.clock import Clock
from core.model.ids import LoginId
from core.model.login.login import ANSWER_WINDOW, AUTHORIZATION_CODE_LIFETIME, REDEEM_GRACE, Login
from core.model.people.person import Account
from core.model.webhooks.webhook import WebhookEvent
from core.ports.store import Store, Unit

LOGINS_KEPT: Final = timedelta(days=1)
"""How long an ended login still answers with its status."""
UPDATES_KEPT: Final = timedelta(days=8)
"""How long an update's key is remembered: longer than any messenger repeats itself (WhatsApp: 7 days)."""
NEWS_KEPT: Final = timedelta(days=30)
"""How long events, receipts and deliveries to sites are kept."""
TOLD_NAMES_KEPT: Final = timedelta(days=3)
"""How long names that a site has taken are kept, so that it can be told again: as long as it would have been tried."""
TEXTS_KEPT: Final = timedelta(days=30)
"""How long the texts of messages that apps sent are kept."""
MESSAGES_KEPT: Final = timedelta(days=365)
"""How long it is known of messages that they were sent: to whom, by what, and what came of it."""
CODES_KEPT: Final = timedelta(days=1)
"""How long a one-time code is remembered, and the request of a link for one: those of the last hour are counted."""
REQUESTS_KEPT: Final = timedelta(days=1)
"""How long a request is known by its idempotency key."""
PROMPTS_A_PAGE: Final = 200
ROWS_A_UNIT: Final = 500
"""How many rows are erased in one transaction: a few milliseconds, so that logins do not wait."""
_LAST_REDEEMERS: Final = timedelta(minutes=1)
"""A site that redeems in the last instant of the grace must still find the profile."""


@dataclass(frozen=True, slots=True)
class StalePrompt:
    """A message in the account's chat that still asks about a login that is over, or asks since too long."""

    login: Login
    account: Account
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The story of what time does."""

    store: Store
    clock: Clock

    async def stale_prompts(self, after: LoginId | None) -> Sequence[StalePrompt]:
        """Return a page of the prompts that can no longer be answered, from behind ``after``; empty at the end."""
        now = self.clock.now()

        def find(unit: Unit) -> Sequence[StalePrompt]:
            return [
                StalePrompt(login, account, message_id)
                for login, message_id in unit.logins.over_with_prompt(now, now - ANSWER_WINDOW, after, PROMPTS_A_PAGE)
                if login.claim is not None and (account := unit.people.account_by_id(login.claim.account_id))
            ]

        return await self.store.read(find)

    async def settle_prompt(self, stale: StalePrompt) -> bool:
        """Note that the prompt asks no more, before it is edited; return False if another message asks by now."""
        login_id = stale.login.asked.login_id
        return await self.store.write(lambda unit: unit.logins.settle_prompt(login_id, stale.message_id))

    async def unsettle_prompt(self, stale: StalePrompt) -> None:
        """Note that the prompt could not be edited now, and must be some other time."""
        login_id = stale.login.asked.login_id

        def put_back(unit: Unit) -> None:
            asked = unit.logins.prompt(login_id)
            if asked is not None and asked.message_id is None:
                unit.logins.note_prompt(login_id, asked.nonce, stale.message_id)

        await self.store.write(put_back)

    async def sweep(self) -> None:
        """Erase what has outlived the times above, a few rows in each transaction."""
        now = self.clock.now()
        for erase in (
            lambda unit: unit.logins.erase_profiles(
                now - REDEEM_GRACE - _LAST_REDEEMERS, now - AUTHORIZATION_CODE_LIFETIME - _LAST_REDEEMERS, ROWS_A_UNIT
            ),
            lambda unit: unit.logins.forget(now - LOGINS_KEPT, ROWS_A_UNIT),
            lambda unit: unit.inbox.forget(now - UPDATES_KEPT, ROWS_A_UNIT),
            lambda unit: unit.receipts.forget(now - NEWS_KEPT, ROWS_A_UNIT),
            lambda unit: unit.events.forget(now - NEWS_KEPT, ROWS_A_UNIT),
            lambda unit: unit.webhooks.erase_delivered(WebhookEvent.AUTH_COMPLETED, now - TOLD_NAMES_KEPT, ROWS_A_UNIT),
            lambda unit: unit.outbox.erase_contents(now - TEXTS_KEPT, ROWS_A_UNIT),
            lambda unit: unit.scheduled.forget(now - TEXTS_KEPT, ROWS_A_UNIT),
            lambda unit: unit.outbox.forget_requests(now - REQUESTS_KEPT, ROWS_A_UNIT),
            lambda unit: unit.outbox.forget(now - MESSAGES_KEPT, ROWS_A_UNIT),
            lambda unit: unit.one_time_codes.forget(now - CODES_KEPT, ROWS_A_UNIT),
            lambda unit: unit.one_time_codes.forget_requests(now - CODES_KEPT, ROWS_A_UNIT),
            lambda unit: unit.broadcasts.erase_drafts(now - TEXTS_KEPT, ROWS_A_UNIT),
            lambda unit: unit.broadcasts.forget_recipients(now - MESSAGES_KEPT, ROWS_A_UNIT),
            lambda unit: unit.broadcasts.forget(now - MESSAGES_KEPT, ROWS_A_UNIT),
            lambda unit: unit.webhooks.forget_deliveries(now - NEWS_KEPT, ROWS_A_UNIT),
        ):
            await erase_all(self.store, erase)


async def erase_all(store: Store, erase: Callable[[Unit], int]) -> None:
    """Erase until fewer than ``ROWS_A_UNIT`` were left, each time in a transaction of its own."""
    while await store.write(erase) == ROWS_A_UNIT:
        continue
