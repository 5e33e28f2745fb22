"""The people that a project may write to (``projects-api`` section 5)."""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field

from core.model.ids import AppId
from core.model.people.person import MessengerName
from core.model.subscribers.errors import InvalidExternalId, SubscriberNotFound
from core.model.subscribers.subscriber import Subscriber, SubscriberFilter
from core.privacy.erasure import Erasure
from core.subscribers.subscribers import Subscribers
from http_api.project.call import Call, Deleted, ExternalId, Moment, ProjectRoute, Updated
from http_api.route import Access, RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

_PAGE_LIMIT: Final = 200
_PAGE_DEFAULT: Final = 50
# A number that SQLite can count to, and longer than any list of subscribers.
_OFFSET_LIMIT: Final = 2**31
_SUBSCRIBER: Final = "/subscribers/{subscriber_id}"


class ListSubscribers(RequestBody):
    """Which page of the list, and whose: with several filters, those for whom all hold."""

    limit: Annotated[int, Field(ge=1, le=_PAGE_LIMIT)] = _PAGE_DEFAULT
    offset: Annotated[int, Field(ge=0, lt=_OFFSET_LIMIT)] = 0
    channel: Annotated[MessengerName | None, Field(description="Only those of one messenger.")] = None
    external_id: Annotated[ExternalId | None, Field(description="Only who has this id of yours, in any messenger.")] = (
        None
    )
    tag: Annotated[
        Annotated[str, Field(min_length=1, max_length=64)] | None, Field(description="Only those with this tag.")
    ] = None

    def wanted(self) -> SubscriberFilter:
        """Return who is asked for."""
        return SubscriberFilter(self.channel, self.external_id, self.tag)


class SubscriberAnswer(ResponseBody):
    """A subscriber; ``username`` is without ``@`` and empty if there is none, ``external_id`` is the project's own."""

    id: str
    channel: MessengerName
    first_name: str
    username: str
    lang: str
    tags: list[str]
    created_at: Moment
    permissions: list[str]
    external_id: str | None

    @classmethod
    def of(cls, subscriber: Subscriber) -> Self:
        """Make one of what the core says."""
        return cls(
            id=subscriber.subscription_id,
            channel=subscriber.channel,
            first_name=subscriber.first_name,
            username=subscriber.username,
            lang=subscriber.lang,
            tags=list(subscriber.tags),
            created_at=subscriber.created_at,
            permissions=list(subscriber.permissions),
            external_id=subscriber.external_id,
        )


class SubscribersPage(ResponseBody):
    """A page of the list, newest first; ``total`` counts those of all pages."""

    subscribers: list[SubscriberAnswer]
    total: int


class ChangeSubscriber(RequestBody):
    """The project's own id for a subscriber; ``null`` forgets it."""

    external_id: str | None


class ChangeTags(RequestBody):
    """All the tags that the subscriber is to have; unknown ones are made."""

    tags: list[str]


class ChangePermissions(RequestBody):
    """All the permissions that the subscriber is to have, by key."""

    permissions: list[str]


class PermissionKeys(ResponseBody):
    """All the permissions that the subscriber has, by key."""

    permissions: list[str]


class PermissionsChanged(Updated, PermissionKeys):
    """All the permissions that the subscriber has now; required ones have stayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberHandlers:
    """The handlers."""

    subscribers: Subscribers
    erasure: Erasure

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path="/subscribers",
                handler=self.page,
                summary="The project's subscribers, newest first",
                group="Subscribers",
                query=ListSubscribers,
                answers=ok(SubscribersPage),
            ),
            *self._routes_of_one(),
            *self._routes_of_what_one_has(),
        ]

    def _routes_of_one(self) -> list[ProjectRoute]:
        return [
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path=_SUBSCRIBER,
                handler=self.find,
                summary="One subscriber",
                answers=ok(SubscriberAnswer),
                group="Subscribers",
                refusals=(SubscriberNotFound,),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="PUT",
                path=_SUBSCRIBER,
                handler=self.change,
                summary="Give a subscriber the project's own id",
                body=ChangeSubscriber,
                answers=ok(Updated),
                group="Subscribers",
                refusals=(SubscriberNotFound, InvalidExternalId),
                access=Access.LIVE_KEY,
            ),
            Route(
                unknown=FROM_SERVERS,
                method="DELETE",
                path=_SUBSCRIBER,
                handler=self.forget,
                summary="Erase what the project knows of a subscriber",
                answers=ok(Deleted),
                group="Subscribers",
                refusals=(SubscriberNotFound,),
                access=Access.LIVE_KEY,
            ),
        ]

    def _routes_of_what_one_has(self) -> list[ProjectRoute]:
        return [
            Route(
                unknown=FROM_SERVERS,
                method="PUT",
                path=f"{_SUBSCRIBER}/tags",
                handler=self.change_tags,
                summary="Replace all tags of a subscriber",
                body=ChangeTags,
                answers=ok(Updated),
                group="Subscribers",
                refusals=(SubscriberNotFound,),
                access=Access.LIVE_KEY,
            ),
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path=f"{_SUBSCRIBER}/permissions",
                handler=self.permissions,
                summary="What a subscriber agreed to",
                answers=ok(PermissionKeys),
                group="Subscribers",
                refusals=(SubscriberNotFound,),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="PUT",
                path=f"{_SUBSCRIBER}/permissions",
                handler=self.change_permissions,
                summary="Replace all permissions of a subscriber but the required ones",
                body=ChangePermissions,
                answers=ok(PermissionsChanged),
                group="Subscribers",
                refusals=(SubscriberNotFound,),
                access=Access.LIVE_KEY,
            ),
        ]

    async def page(self, call: Call) -> SubscribersPage:
        """``GET /subscribers``."""
        query = call.read(ListSubscribers)
        app_id = call.caller.app.app_id
        page, total = await self.subscribers.page(app_id, query.wanted(), query.limit, query.offset)
        return SubscribersPage(subscribers=[SubscriberAnswer.of(each) for each in page], total=total)

    async def find(self, call: Call) -> SubscriberAnswer:
        """``GET /subscribers/{subscriber_id}``."""
        return SubscriberAnswer.of(await self.subscribers.find(*_whose(call)))

    async def change(self, call: Call) -> Updated:
        """``PUT /subscribers/{subscriber_id}``."""
        await self.subscribers.change_external_id(*_whose(call), call.read(ChangeSubscriber).external_id)
        return Updated(updated=True)

    async def forget(self, call: Call) -> Deleted:
        """``DELETE /subscribers/{subscriber_id}``."""
        await self.erasure.forget(*_whose(call))
        return Deleted(deleted=True)

    async def change_tags(self, call: Call) -> Updated:
        """``PUT /subscribers/{subscriber_id}/tags``."""
        await self.subscribers.change_tags(*_whose(call), call.read(ChangeTags).tags)
        return Updated(updated=True)

    async def permissions(self, call: Call) -> PermissionKeys:
        """``GET /subscribers/{subscriber_id}/permissions``."""
        return PermissionKeys(permissions=list((await self.subscribers.find(*_whose(call))).permissions))

    async def change_permissions(self, call: Call) -> PermissionsChanged:
        """``PUT /subscribers/{subscriber_id}/permissions``."""
        keys = call.read(ChangePermissions).permissions
        permissions = await self.subscribers.change_permissions(*_whose(call), keys)
        return PermissionsChanged(updated=True, permissions=list(permissions))


def _whose(call: Call) -> tuple[AppId, str]:
    return call.caller.app.app_id, call.path["subscriber_id"]
