"""Writing to subscribers (``projects-api`` section 6)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.apps.project import Projects
from core.apps.templates import Templates
from core.complaints import Wrong
from core.errors import Invalid
from core.model.apps.errors import TemplateNotFound
from core.model.messages.content import Content
from core.model.sending.errors import IdempotencyConflict
from core.model.sending.idempotency import Accepted
from core.model.sending.outbox_message import OutboxMessage
from core.model.subscribers.errors import BothIdentifiers, SubscriberNotFound
from core.sending.submission import SendRequest, Submission
from http_api.project.call import Call, ProjectRoute
from http_api.project.send_shapes import BatchWish, PreviewAnswer, SendAnswer, SendDetail, SendWish
from http_api.route import Route, ok
from http_api.unknown import FROM_SERVERS

WAIT_SECONDS: Final = 10.0
"""How long an answer waits for the messengers."""
_Route: Final = partial(Route, unknown=FROM_SERVERS, group="Messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendHandlers:
    """The handlers."""

    submission: Submission
    projects: Projects
    templates: Templates

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/send",
                handler=self.send,
                summary="Write to a subscriber; answered when the messengers took it, or after ten seconds",
                body=SendWish,
                answers=ok(SendAnswer),
                is_once=True,
                refusals=(SubscriberNotFound, TemplateNotFound, BothIdentifiers, IdempotencyConflict),
            ),
            _Route(
                method="POST",
                path="/send/batch",
                handler=self.send_batch,
                summary="Write to many, a hundred messages at most; whoever is not found is a detail that failed",
                body=BatchWish,
                answers=ok(SendAnswer),
                is_once=True,
                refusals=(TemplateNotFound, BothIdentifiers, IdempotencyConflict),
            ),
            _Route(
                method="POST",
                path="/send/preview",
                handler=self.preview,
                summary="How a message would look; nothing is sent",
                body=SendWish,
                answers=ok(PreviewAnswer),
                refusals=(TemplateNotFound,),
            ),
        ]

    async def send(self, call: Call) -> SendAnswer:
        """``POST /send``."""
        request = await self._request(call, call.read(SendWish))
        accepted = await self.submission.to_subscribers(call.caller.app.app_id, request, call.once)
        return await self._answer(accepted)

    async def send_batch(self, call: Call) -> SendAnswer:
        """``POST /send/batch``: all are looked at before any is accepted; then all are accepted together."""
        requests = []
        for message in call.read(BatchWish).messages:
            await asyncio.sleep(0)  # reading texts does not suspend, and other tasks are to have their turn
            requests.append(await self._request(call, message))
        accepted = await self.submission.to_many(call.caller.app.app_id, requests, call.once)
        return await self._answer(accepted)

    async def preview(self, call: Call) -> PreviewAnswer:
        """``POST /send/preview``."""
        body = call.read(SendWish)
        content = await self._content(call, body)
        return PreviewAnswer(
            rendered_text=content.text.text,
            format=body.format,
            text_length=len(content.text.text),
            has_media=content.media is not None,
            buttons_count=sum(map(len, content.buttons)),
            entities_count=len(content.text.entities),
            template_key=body.template,
        )

    async def _request(self, call: Call, body: SendWish) -> SendRequest:
        check_named(body.subscriber_id, body.external_id)
        return SendRequest(
            content=await self._content(call, body),
            subscription_id=body.subscriber_id,
            external_id=body.external_id,
            channels=body.wanted_channels(),
            permission=body.permission,
            is_test=call.caller.is_test,
        )

    async def _content(self, call: Call, body: SendWish) -> Content:
        app_id = call.caller.app.app_id
        template = await self.templates.find(app_id, body.template) if body.template is not None else None
        return body.content(template, (await self.projects.sender(app_id)).signature)

    async def _answer(self, accepted: Sequence[Accepted]) -> SendAnswer:
        return SendAnswer.of(list(await asyncio.gather(*map(self._detail, accepted))))

    async def _detail(self, accepted: Accepted) -> SendDetail:
        message: OutboxMessage | None = None
        if accepted.message_id is not None:
            message = await self.submission.wait(accepted.message_id, WAIT_SECONDS)
        return SendDetail.of(accepted, message)


def check_named(subscriber_id: str | None, external_id: str | None) -> None:
    """Raise ``BothIdentifiers`` or ``Invalid`` unless a subscriber is named by exactly one of the two."""
    if subscriber_id is not None and external_id is not None:
        raise BothIdentifiers
    if subscriber_id is None and external_id is None:
        raise Invalid("subscriber_id", Wrong.NOBODY_MEANT)
