"""Subscribers as their site sees them: listed, tagged, given permissions and an id of the site's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.clock import Clock
from core.complaints import Wrong
from core.errors import Invalid
from core.model.ids import AppId
from core.model.people.person import Account
from core.model.subscribers.subscriber import Subscriber, SubscriberFilter, checked_external_id
from core.model.subscribers.subscription import Subscription
from core.people.accounts import language_of, owner
from core.people.names import open_names
from core.ports.store import Store, Unit
from core.seal import Seal
from core.subscribers.subscriptions import Subscriptions, alive


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribers:
    """The story of the site's side. Every id is as the site wrote it; the wrong ones are ``SubscriberNotFound``."""

    store: Store
    clock: Clock
    subscriptions: Subscriptions

    async def page(
        self, app_id: AppId, wanted: SubscriberFilter, limit: int, offset: int
    ) -> tuple[Sequence[Subscriber], int]:
        """Return a page of the app's subscribers that are wanted, newest first, and how many are on all pages."""

        def find(unit: Unit) -> tuple[Sequence[tuple[Subscription, Account]], int]:
            page = unit.subscriptions.list_page(app_id, wanted, limit, offset)
            return page, unit.subscriptions.count(app_id, wanted)

        page, total = await self.store.read(find)
        return [
            _subscriber(subscription, account, self.subscriptions.publisher.seal) for subscription, account in page
        ], total

    async def find(self, app_id: AppId, subscription_id: str) -> Subscriber:
        """Return the subscriber with this id; raise ``SubscriberNotFound``."""

        def find(unit: Unit) -> tuple[Subscription, Account]:
            subscription = alive(unit, app_id, subscription_id)
            return subscription, owner(unit, subscription.account_id)

        subscription, account = await self.store.read(find)
        return _subscriber(subscription, account, self.subscriptions.publisher.seal)

    async def change_tags(self, app_id: AppId, subscription_id: str, tags: Sequence[str]) -> None:
        """Let the subscriber have just these tags; the project gains those that it lacks.

        Raises ``SubscriberNotFound``, or ``Invalid`` for a bad tag and where the project would have too many.
        """
        now = self.clock.now()

        def change(unit: Unit) -> None:
            subscription = alive(unit, app_id, subscription_id)
            before = unit.apps.project(app_id)
            after = before.with_tags(tags)
            if after != before:
                unit.apps.put_project(after)
            self.subscriptions.change(unit, subscription, replace(subscription, tags=tuple(dict.fromkeys(tags))), now)

        await self.store.write(change)

    async def change_permissions(self, app_id: AppId, subscription_id: str, keys: Sequence[str]) -> tuple[str, ...]:
        """Let the subscriber have just these permissions and the required ones they have; return all, in order.

        Raises ``SubscriberNotFound``, or ``Invalid`` for a permission that the project has not.
        """
        now = self.clock.now()

        def change(unit: Unit) -> tuple[str, ...]:
            subscription = alive(unit, app_id, subscription_id)
            project = unit.apps.project(app_id)
            if any(project.permission(key) is None for key in keys):
                raise Invalid("permissions", Wrong.NOT_PERMISSIONS)
            stay = {each.key for each in project.permissions if each.required} & {*subscription.permissions}
            chosen = tuple(each.key for each in project.permissions if each.key in {*keys, *stay})
            self.subscriptions.change(unit, subscription, replace(subscription, permissions=chosen), now)
            return chosen

        return await self.store.write(change)

    async def change_external_id(self, app_id: AppId, subscription_id: str, external_id: str | None) -> None:
        """Remember the site's own id for the subscriber, which others of it may share; ``None`` forgets it.

        Raises ``SubscriberNotFound`` or ``InvalidExternalId``.
        """
        checked = None if external_id is None else checked_external_id(external_id)

        def change(unit: Unit) -> None:
            subscription = alive(unit, app_id, subscription_id)
            unit.subscriptions.put(replace(subscription, external_id=checked))

        await self.store.write(change)


def _subscriber(subscription: Subscription, account: Account, seal: Seal) -> Subscriber:
    names = open_names(subscription, seal)
    return Subscriber(
        subscription_id=subscription.subscription_id,
        channel=account.messenger,
        first_name=names.first_name,
        username=names.username,
        lang=language_of(account),
        tags=subscription.tags,
        permissions=subscription.permissions,
        external_id=subscription.external_id,
        created_at=subscription.consented_at,
    )
