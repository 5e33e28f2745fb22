"""Chains of messages, and the events that begin some (``projects-api`` section 9)."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from core.later.drips import DripChains
from core.model.apps.errors import TemplateNotFound
from core.model.sending.errors import IdempotencyConflict
from core.model.subscribers.errors import BothIdentifiers, SubscriberNotFound
from http_api.project.call import Call, Deleted, ProjectRoute
from http_api.project.drip_shapes import ChainAnswer, ChainsAnswer, ChainWish, Tracked, TrackWish
from http_api.route import Access, Route, ok
from http_api.unknown import FROM_SERVERS, TO_MANY

_Route: Final = partial(Route, unknown=TO_MANY, group="Drip chains")
_ONE: Final = "/drip-chains/{chain_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DripHandlers:
    """The handlers."""

    drips: DripChains

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/drip-chains",
                handler=self.add,
                summary="Add a chain of messages, for those to whom its trigger happens from now on",
                body=ChainWish,
                answers=ok(ChainAnswer),
                access=Access.LIVE_KEY,
                refusals=(TemplateNotFound,),
            ),
            _Route(
                method="GET",
                path="/drip-chains",
                handler=self.list_all,
                summary="The project's chains",
                answers=ok(ChainsAnswer),
            ),
            _Route(method="GET", path=_ONE, handler=self.find, summary="One chain", answers=ok(ChainAnswer)),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.remove,
                summary="Remove a chain, for everybody who is in it",
                answers=ok(Deleted),
                access=Access.LIVE_KEY,
            ),
            _Route(
                method="POST",
                path="/events/track",
                unknown=FROM_SERVERS,
                handler=self.track,
                summary="Tell what a subscriber did; it begins the chains with that event",
                body=TrackWish,
                answers=ok(Tracked),
                is_once=True,
                refusals=(SubscriberNotFound, BothIdentifiers, IdempotencyConflict),
            ),
        ]

    async def add(self, call: Call) -> ChainAnswer:
        """``POST /drip-chains``."""
        return ChainAnswer.of(await self.drips.add(call.caller.app.app_id, call.read(ChainWish).request()))

    async def list_all(self, call: Call) -> ChainsAnswer:
        """``GET /drip-chains``."""
        chains = await self.drips.list_all(call.caller.app.app_id)
        return ChainsAnswer(drip_chains=[ChainAnswer.of(each) for each in chains])

    async def find(self, call: Call) -> ChainAnswer:
        """``GET /drip-chains/{chain_id}``."""
        return ChainAnswer.of(await self.drips.find(call.caller.app.app_id, call.path["chain_id"]))

    async def remove(self, call: Call) -> Deleted:
        """``DELETE /drip-chains/{chain_id}``."""
        await self.drips.remove(call.caller.app.app_id, call.path["chain_id"])
        return Deleted(deleted=True)

    async def track(self, call: Call) -> Tracked:
        """``POST /events/track``."""
        event = call.read(TrackWish).event_of(is_test=call.caller.is_test)
        return Tracked(tracked=True, enrolled=await self.drips.track(call.caller.app.app_id, event, call.once))
