"""Writing to subscribers (``projects-api`` section 6)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.apps.project import Projects
from core.apps.templates import Templates
from core.errors import Invalid
from core.model.messages.content import Content
from core.model.sending.idempotency import Accepted
from core.model.sending.outbox_message import OutboxMessage
from core.model.subscribers.errors import BothIdentifiers
from core.sending.submission import SendRequest as NoticeWish
from core.sending.submission import Submission
from http_api.project.call import Call, Route
from http_api.project.send_shapes import BatchWish, PreviewAnswer, SendAnswer, SendDetail, SendWish

WAIT_SECONDS: Final = 10.0
"""How long an answer waits for the messengers."""
_Route: Final = partial(Route, group="Messages")
_NOT_FOUND: Final = "subscriber_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendHandlers:
    """The handlers."""

    submission: Submission
    projects: Projects
    templates: Templates

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/send",
                handler=self.send,
                summary="Write to a subscriber; answered when the messengers took it, or after ten seconds",
                wish=SendWish,
                answer=SendAnswer,
                is_once=True,
                codes=(_NOT_FOUND, "not_found", "mutually_exclusive_identifiers", "idempotency_conflict"),
            ),
            _Route(
                method="POST",
                path="/send/batch",
                handler=self.send_batch,
                summary="Write to many, a hundred messages at most; whoever is not found is a detail that failed",
                wish=BatchWish,
                answer=SendAnswer,
                is_once=True,
                codes=("not_found", "mutually_exclusive_identifiers", "idempotency_conflict"),
            ),
            _Route(
                method="POST",
                path="/send/preview",
                handler=self.preview,
                summary="How a message would look; nothing is sent",
                wish=SendWish,
                answer=PreviewAnswer,
                codes=("not_found",),
            ),
        ]

    async def send(self, call: Call) -> SendAnswer:
        """``POST /send``."""
        wish = await self._wish(call, call.read(SendWish))
        accepted = await self.submission.to_subscribers(call.caller.app.app_id, wish, call.once)
        return await self._answer(accepted)

    async def send_batch(self, call: Call) -> SendAnswer:
        """``POST /send/batch``: all are looked at before any is accepted; then all are accepted together."""
        wishes = [await self._wish(call, wanted) for wanted in call.read(BatchWish).messages]
        accepted = await self.submission.to_many(call.caller.app.app_id, wishes, call.once)
        return await self._answer(accepted)

    async def preview(self, call: Call) -> PreviewAnswer:
        """``POST /send/preview``."""
        wanted = call.read(SendWish)
        content = await self._content(call, wanted)
        return PreviewAnswer(
            rendered_text=content.text.text,
            format=wanted.format,
            text_length=len(content.text.text),
            has_media=content.media is not None,
            buttons_count=sum(map(len, content.buttons)),
            entities_count=len(content.text.entities),
            template_key=wanted.template,
        )

    async def _wish(self, call: Call, wanted: SendWish) -> NoticeWish:
        _check_who(wanted)
        return NoticeWish(
            content=await self._content(call, wanted),
            subscription_id=wanted.subscriber_id,
            external_id=wanted.external_id,
            channels=wanted.wanted_channels(),
            permission=wanted.permission,
            is_test=call.caller.is_test,
        )

    async def _content(self, call: Call, wanted: SendWish) -> Content:
        app_id = call.caller.app.app_id
        template = await self.templates.find(app_id, wanted.template) if wanted.template is not None else None
        return wanted.content(template, (await self.projects.sender(app_id)).signature)

    async def _answer(self, accepted: Sequence[Accepted]) -> SendAnswer:
        return SendAnswer.of(list(await asyncio.gather(*map(self._detail, accepted))))

    async def _detail(self, accepted: Accepted) -> SendDetail:
        message: OutboxMessage | None = None
        if accepted.message_id is not None:
            message = await self.submission.wait(accepted.message_id, WAIT_SECONDS)
        return SendDetail.of(accepted, message)


def _check_who(wanted: SendWish) -> None:
    if wanted.subscriber_id is not None and wanted.external_id is not None:
        raise BothIdentifiers
    if wanted.subscriber_id is None and wanted.external_id is None:
        raise Invalid("subscriber_id: say who is meant, by subscriber_id or external_id")
