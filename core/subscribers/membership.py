"""Joining, leaving and coming back: a site's link, ``/stop``, a blocked bot, a changed language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.apps.lookup import enabled_app, existing_app
from core.clock import Clock
from core.model.apps.app import App
from core.model.apps.errors import AppNotFound
from core.model.apps.project import Project
from core.model.ids import AppId
from core.model.messages.payloads import SubscribeLink
from core.model.people.person import Account, Sender
from core.people import accounts
from core.people.accounts import Accounts
from core.people.names import names_of
from core.ports.store import Store, Unit
from core.subscribers.links import gain_of
from core.subscribers.subscriptions import Subscriptions

_JUST_NOW: Final = timedelta(minutes=1)
"""What is heard again after so short a while is answered as it was the first time: the answer may have got lost."""
_CLOCK_SKEW: Final = timedelta(minutes=2)
"""How far a messenger's clock may be from ours, and an update under way, before it counts as told late."""


@dataclass(frozen=True, slots=True)
class MemberOf:
    """An app that a person subscribed to or left, and how it introduces itself."""

    app: App
    project: Project


@dataclass(frozen=True, slots=True)
class Joined(MemberOf):
    """An app that a person subscribed to; ``is_news`` unless they were subscribed already, for longer than a minute."""

    is_news: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The story of being written to, or not."""

    store: Store
    clock: Clock
    accounts: Accounts
    subscriptions: Subscriptions

    async def languages_of(self, sender: Sender) -> tuple[str | None, ...]:
        """Return the languages the person speaks as far as we know, best first: chosen, told now, told before.

        Each is a tag as the messenger writes it, or ``None``.
        """

        def find(unit: Unit) -> tuple[str | None, ...]:
            account = accounts.find(unit, sender)
            return (account.language, sender.language, account.told_language) if account else (sender.language,)

        return await self.store.read(find)

    async def is_known(self, sender: Sender) -> bool:
        """Tell whether we have an account of the sender: they have opened a login."""
        return await self.store.read(lambda unit: accounts.find(unit, sender) is not None)

    async def choose_language(self, sender: Sender, language: str) -> None:
        """Remember the language the person wants to be spoken to in."""
        now = self.clock.now()

        def choose(unit: Unit) -> None:
            account = self.accounts.find_or_add(unit, sender, now)
            unit.people.put_account(replace(account, language=language))

        await self.store.write(choose)

    async def join(self, sender: Sender, link: SubscribeLink) -> Joined:
        """Subscribe the sender to the app of a permanent link; raise ``AppNotFound`` or ``AppDisabled``."""
        now = self.clock.now()

        def join(unit: Unit) -> Joined:
            app = enabled_app(unit.apps.by_slug(link.slug))
            if sender.bot not in app.bots:
                raise AppNotFound
            project = unit.apps.project(app.app_id)
            account = self.accounts.find_or_add(unit, sender, now)
            gain = gain_of(link, project, names_of(sender), self.subscriptions.publisher.seal)
            subscription = self.subscriptions.ensure(unit, app.app_id, account, now, gain)
            return Joined(app, project, now - subscription.consented_at < _JUST_NOW)

        return await self.store.write(join)

    async def memberships(self, sender: Sender) -> Sequence[MemberOf]:
        """List the apps that may write to the sender, longest known first."""

        def find(unit: Unit) -> Sequence[MemberOf]:
            account = accounts.find(unit, sender)
            alive = unit.subscriptions.alive_of(account.account_id) if account else ()
            return [_membership(unit, each.app_id) for each in alive]

        return await self.store.read(find)

    async def leave(self, sender: Sender, app_id: AppId) -> MemberOf | None:
        """End the sender's subscription to one app; return ``None`` if there is none."""
        now = self.clock.now()

        def leave(unit: Unit) -> MemberOf | None:
            account = accounts.find(unit, sender)
            subscription = unit.subscriptions.find(app_id, account.account_id) if account else None
            if account is None or subscription is None or not subscription.is_alive:
                return None
            self.subscriptions.end(unit, subscription, account, now)
            return _membership(unit, app_id)

        return await self.store.write(leave)

    async def leave_all(self, sender: Sender) -> Sequence[MemberOf]:
        """End the sender's subscriptions that are older than their word; return whose they were."""
        now = self.clock.now()

        def leave(unit: Unit) -> Sequence[MemberOf]:
            account = accounts.find(unit, sender)
            if account is None:
                return ()
            ended = self.subscriptions.end_all(unit, account, now, _said_by(sender, now))
            return [_membership(unit, each.app_id) for each in ended]

        return await self.store.write(leave)

    async def lose(self, sender: Sender) -> None:
        """Note that the person blocked the bot: it cannot write to them, and their subscriptions end.

        If they have spoken since (the messenger told us late), they stay reachable, and later subscriptions stay.
        """
        now = self.clock.now()

        def lose(unit: Unit) -> None:
            account = accounts.find(unit, sender)
            if account is None:
                return
            if not _is_outdated(account, sender):
                _mark_unreachable(unit, account, now)
            self.subscriptions.end_all(unit, account, now, _said_by(sender, now))

        await self.store.write(lose)

    async def miss(self, sender: Sender) -> None:
        """Note that the messenger would not bring a message to the person; they may come back."""
        now = self.clock.now()

        def miss(unit: Unit) -> None:
            account = accounts.find(unit, sender)
            if account is not None:
                _mark_unreachable(unit, account, now)

        await self.store.write(miss)

    async def renumber(self, sender: Sender, former_user_id: str, *, keeps_number: bool) -> None:
        """Note that a person has a new id in place of ``former_user_id``, and a new number with it unless it stays."""
        now = self.clock.now()

        def renumber(unit: Unit) -> None:
            former = unit.people.account(sender.bot, former_user_id)
            if former is None:
                return
            if unit.people.account(sender.bot, sender.user_id) is not None:
                _abandon(unit, self.subscriptions, former, now)
                return
            account = accounts.rename(unit, former, sender)
            if not keeps_number:
                accounts.lose_phone(unit, account, sender.phone)
            self.accounts.find_or_add(unit, sender, now)

        await self.store.write(renumber)

    async def regain(self, sender: Sender) -> None:
        """Note that the person let the bot in again; what they had subscribed to stays ended until they log in anew."""
        now = self.clock.now()
        await self.store.write(lambda unit: self.accounts.find_or_add(unit, sender, now))


def _membership(unit: Unit, app_id: AppId) -> MemberOf:
    return MemberOf(existing_app(unit.apps.by_id(app_id)), unit.apps.project(app_id))


def _abandon(unit: Unit, subscriptions: Subscriptions, former: Account, now: datetime) -> None:
    """Give up an account whose person has gone on under another id before we were told of the change."""
    accounts.lose_phone(unit, former, None)
    _mark_unreachable(unit, replace(former, phone=None, phone_verified_at=None), now)
    subscriptions.end_all(unit, former, now, now)


def _mark_unreachable(unit: Unit, account: Account, now: datetime) -> None:
    if account.reachable:
        unit.people.put_account(replace(account, reachable=False, reachable_since=now))


def _said_by(sender: Sender, now: datetime) -> datetime:
    """Return the time up to which consents are withdrawn: now, or if the messenger tells it late, when it was said."""
    if sender.at is None or now - sender.at < _CLOCK_SKEW:
        return now
    return sender.at + _CLOCK_SKEW


def _is_outdated(account: Account, sender: Sender) -> bool:
    return sender.at is not None and account.spoke_at is not None and sender.at < account.spoke_at
