"""What a project sends and gets about its chains of messages (``projects-api`` section 9)."""

from typing import Annotated, Any, Self

from pydantic import Field

from core.complaints import Wrong
from core.errors import Invalid
from core.later.drips import ChainRequest, ShownChain, TrackedEvent
from core.model.later.drip import DELAY_LIMIT, STEPS_LIMIT, CatchUp, Step, Trigger
from core.model.messages.template import Format
from core.model.subscribers.errors import BothIdentifiers
from http_api.project.call import ExternalId, Moment
from http_api.project.content_shapes import SentButton, SentMedia, media_of, rows_of
from http_api.project.scheduled import Name
from http_api.route import RequestBody, ResponseBody


class StepWish(RequestBody):
    """One message, by ``text`` or by ``template``; {{first_name}} and the like are filled in."""

    delay_minutes: Annotated[int, Field(ge=0, le=DELAY_LIMIT, description="Counted from the trigger.")]
    text: Annotated[str, Field(min_length=1, max_length=20_000)] | None = None
    format: Format | None = None
    template: (
        Annotated[str, Field(max_length=64, description="Its key: what it says when the step is sent.")] | None
    ) = None
    media: SentMedia | None = None
    buttons: Annotated[list[list[SentButton]], Field(max_length=3, default_factory=list)]

    def step(self) -> Step:
        """Return the step; raise ``Invalid``."""
        if (self.text is None) == (self.template is None):
            raise Invalid("steps", Wrong.TEXT_OR_TEMPLATE)
        if self.template is not None and self.format is not None:
            raise Invalid("format", Wrong.NOT_WITH_TEMPLATE)
        return Step(
            delay_minutes=self.delay_minutes,
            text=self.text or "",
            format=self.format or Format.PLAIN,
            template=self.template,
            media=media_of(self.media),
            buttons=rows_of(self.buttons, has_variables=True),
        )


class ChainWish(RequestBody):
    """A chain of messages; ``trigger_value`` is the tag, the key of the permission, or the event."""

    name: Name = ""
    trigger: Trigger
    trigger_value: Annotated[str, Field(max_length=64)] | None = None
    event: (
        Annotated[str, Field(max_length=64, description="Another word for the trigger_value of an event.")] | None
    ) = None
    catch_up_mode: CatchUp = CatchUp.FROM_START
    steps: Annotated[list[StepWish], Field(min_length=1, max_length=STEPS_LIMIT)]

    def request(self) -> ChainRequest:
        """Return what the core is to keep; raise ``Invalid``."""
        if self.event is not None and (self.trigger is not Trigger.EVENT or self.trigger_value is not None):
            raise Invalid("event", Wrong.INSTEAD_OF_TRIGGER_VALUE)
        return ChainRequest(
            name=self.name,
            trigger=self.trigger,
            value=self.trigger_value or self.event or "",
            catch_up=self.catch_up_mode,
            steps=[each.step() for each in self.steps],
        )


class StepAnswer(ResponseBody):
    """One message of a chain."""

    delay_minutes: int
    text: str | None
    format: Format | None
    template: str | None

    @classmethod
    def of(cls, step: Step) -> Self:
        """Make one of what the core says."""
        is_template = step.template is not None
        return cls(
            delay_minutes=step.delay_minutes,
            text=None if is_template else step.text,
            format=None if is_template else step.format,
            template=step.template,
        )


class ChainAnswer(ResponseBody):
    """A chain, its steps in the order in which they are sent; ``enrolled`` = who is in it now, ``null`` in lists."""

    id: str
    name: str
    trigger: Trigger
    trigger_value: str | None
    catch_up_mode: CatchUp
    steps: list[StepAnswer]
    created_at: Moment
    enrolled: int | None

    @classmethod
    def of(cls, shown: ShownChain) -> Self:
        """Make one of what the core says."""
        chain = shown.chain
        return cls(
            id=chain.chain_id,
            name=chain.name,
            trigger=chain.trigger,
            trigger_value=chain.value or None,
            catch_up_mode=chain.catch_up,
            steps=[StepAnswer.of(each) for each in shown.steps],
            created_at=chain.created_at,
            enrolled=shown.enrolled,
        )


class ChainsAnswer(ResponseBody):
    """The project's chains, oldest first."""

    drip_chains: list[ChainAnswer]


class TrackWish(RequestBody):
    """Something that a subscriber did, or all that share an ``external_id`` of yours."""

    subscriber_id: Annotated[str, Field(max_length=64)] | None = None
    external_id: ExternalId | None = None
    event: Annotated[str, Field(pattern="^[A-Za-z0-9_.:-]{1,64}$", examples=["cart.abandoned"])]
    data: Annotated[dict[str, Any], Field(max_length=50, description="Whatever you like; it is not kept.")] | None = (
        None
    )

    def event_of(self, *, is_test: bool) -> TrackedEvent:
        """Return what the core is to follow; raise ``BothIdentifiers`` or ``Invalid``."""
        if self.subscriber_id is not None and self.external_id is not None:
            raise BothIdentifiers
        if self.subscriber_id is None and self.external_id is None:
            raise Invalid("subscriber_id", Wrong.NOBODY_MEANT)
        return TrackedEvent(
            event=self.event, subscription_id=self.subscriber_id, external_id=self.external_id, is_test=is_test
        )


class Tracked(ResponseBody):
    """The event was heard; ``enrolled`` = how many chains it began."""

    tracked: bool
    enrolled: int
