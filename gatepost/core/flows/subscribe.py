"""Leaving and coming back: ``/stop``, a blocked bot, a changed language."""

from dataclasses import dataclass, replace

from gatepost.core.clock import Clock
from gatepost.core.entropy import Entropy
from gatepost.core.flows import accounts
from gatepost.core.model.person import Account, Sender
from gatepost.core.ports import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """The story of being written to, or not."""

    store: Store
    clock: Clock
    entropy: Entropy

    async def language_of(self, sender: Sender) -> str | None:
        """Return the language the person chose in this bot, ``None`` if they chose none."""

        def find(unit: Unit) -> str | None:
            account = accounts.find(unit, sender)
            return account.language if account else None

        return await self.store.read(find)

    async def is_known(self, sender: Sender) -> bool:
        """Tell whether the sender has ever opened a login's link."""
        return await self.store.read(lambda unit: accounts.find(unit, sender) is not None)

    async def choose_language(self, sender: Sender, language: str) -> None:
        """Remember the language the person wants to be spoken to in."""
        now = self.clock.now()

        def choose(unit: Unit) -> None:
            account = accounts.find_or_add(unit, sender, now, self.entropy)
            unit.people.put_account(replace(account, language=language))

        await self.store.write(choose)

    async def leave_all(self, sender: Sender) -> int:
        """End all the account's subscriptions; return how many there were."""
        now = self.clock.now()

        def leave(unit: Unit) -> int:
            account = accounts.find(unit, sender)
            return unit.people.end_subscriptions(account.account_id, now) if account else 0

        return await self.store.write(leave)

    async def lose(self, sender: Sender) -> None:
        """Note that the person blocked the bot: it cannot write to them, and must not want to.

        News from before they last spoke, delivered late, changes nothing.
        """
        now = self.clock.now()

        def lose(unit: Unit) -> None:
            account = accounts.find(unit, sender)
            if account is None or _is_outdated(account, sender):
                return
            if account.reachable:
                unit.people.put_account(replace(account, reachable=False, reachable_since=now))
            unit.people.end_subscriptions(account.account_id, now)

        await self.store.write(lose)

    async def renumber(self, sender: Sender, former_user_id: str) -> None:
        """Note that a person has a new number, and with it a new id."""
        now = self.clock.now()
        await self.store.write(lambda unit: accounts.renumber(unit, sender, former_user_id, now, self.entropy))

    async def regain(self, sender: Sender) -> None:
        """Note that the person let the bot in again; what they had subscribed to stays ended until they log in anew."""
        now = self.clock.now()
        await self.store.write(lambda unit: accounts.find_or_add(unit, sender, now, self.entropy))


def _is_outdated(account: Account, sender: Sender) -> bool:
    return sender.at is not None and account.spoke_at is not None and sender.at < account.spoke_at
