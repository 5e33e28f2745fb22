"""Chains of messages, and the events that begin some (``projects-api`` section 9)."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from core.later.drips import DripChains
from http_api.project.call import Call, Deleted, Route
from http_api.project.drip_shapes import ChainAnswer, ChainRequest, ChainsAnswer, Tracked, TrackWish

_Route: Final = partial(Route, group="Drip chains")
_ONE: Final = "/drip-chains/{chain_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DripHandlers:
    """The handlers."""

    drips: DripChains

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/drip-chains",
                handler=self.add,
                summary="Add a chain of messages, for those to whom its trigger happens from now on",
                wish=ChainRequest,
                answer=ChainAnswer,
                is_setting=True,
                codes=("not_found",),
            ),
            _Route(
                method="GET",
                path="/drip-chains",
                handler=self.list_all,
                summary="The project's chains",
                answer=ChainsAnswer,
            ),
            _Route(method="GET", path=_ONE, handler=self.find, summary="One chain", answer=ChainAnswer),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.remove,
                summary="Remove a chain, for everybody who is in it",
                answer=Deleted,
                is_setting=True,
            ),
            _Route(
                method="POST",
                path="/events/track",
                handler=self.track,
                summary="Tell what a subscriber did; it begins the chains with that event",
                wish=TrackWish,
                answer=Tracked,
                is_once=True,
                codes=("subscriber_not_found", "mutually_exclusive_identifiers", "idempotency_conflict"),
            ),
        ]

    async def add(self, call: Call) -> ChainAnswer:
        """``POST /drip-chains``."""
        return ChainAnswer.of(await self.drips.add(call.caller.app.app_id, call.read(ChainRequest).wish()))

    async def list_all(self, call: Call) -> ChainsAnswer:
        """``GET /drip-chains``."""
        found = await self.drips.list_all(call.caller.app.app_id)
        return ChainsAnswer(drip_chains=[ChainAnswer.of(each) for each in found])

    async def find(self, call: Call) -> ChainAnswer:
        """``GET /drip-chains/{chain_id}``."""
        return ChainAnswer.of(await self.drips.find(call.caller.app.app_id, call.path["chain_id"]))

    async def remove(self, call: Call) -> Deleted:
        """``DELETE /drip-chains/{chain_id}``."""
        await self.drips.remove(call.caller.app.app_id, call.path["chain_id"])
        return Deleted(deleted=True)

    async def track(self, call: Call) -> Tracked:
        """``POST /events/track``."""
        happened = call.read(TrackWish).happened(is_test=call.caller.is_test)
        return Tracked(tracked=True, enrolled=await self.drips.track(call.caller.app.app_id, happened, call.once))
