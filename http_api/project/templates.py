"""Texts that a project keeps (``projects-api`` section 6)."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Self

from pydantic import Field

from core.apps.templates import Templates
from core.model.apps.errors import TemplateExists, TemplateNotFound
from core.model.messages.template import Format, Template
from http_api.project.call import Call, Deleted, ProjectRoute
from http_api.route import Access, RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

_Route: Final = partial(Route, unknown=FROM_SERVERS, group="Templates")
_ONE: Final = "/templates/{key}"
Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=20_000,
        description="With {{variables}} to be filled in; {{name|there}} says what stands there without one.",
    ),
]


class TemplateText(RequestBody):
    """What a template says, and how it is written."""

    text: Text
    format: Format = Format.PLAIN


class NewTemplate(TemplateText):
    """A template under a key of yours."""

    key: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]


class TemplateAnswer(ResponseBody):
    """A template."""

    key: str
    text: str
    format: Format

    @classmethod
    def of(cls, template: Template) -> Self:
        """Make one of what the core says."""
        return cls(key=template.key, text=template.text, format=template.format)


class TemplatesAnswer(ResponseBody):
    """The project's templates, by key."""

    templates: list[TemplateAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateHandlers:
    """The handlers."""

    templates: Templates

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="GET",
                path="/templates",
                handler=self.list_all,
                summary="The project's templates",
                answers=ok(TemplatesAnswer),
            ),
            _Route(
                method="POST",
                path="/templates",
                handler=self.add,
                summary="Add a template",
                body=NewTemplate,
                answers=ok(TemplateAnswer),
                access=Access.LIVE_KEY,
                refusals=(TemplateExists,),
            ),
            _Route(
                method="PUT",
                path=_ONE,
                handler=self.change,
                summary="Change what a template says",
                body=TemplateText,
                answers=ok(TemplateAnswer),
                access=Access.LIVE_KEY,
                refusals=(TemplateNotFound,),
            ),
            _Route(
                method="DELETE",
                path=_ONE,
                handler=self.remove,
                summary="Remove a template",
                answers=ok(Deleted),
                access=Access.LIVE_KEY,
                refusals=(TemplateNotFound,),
            ),
        ]

    async def list_all(self, call: Call) -> TemplatesAnswer:
        """``GET /templates``."""
        templates = await self.templates.list_all(call.caller.app.app_id)
        return TemplatesAnswer(templates=[TemplateAnswer.of(template) for template in templates])

    async def add(self, call: Call) -> TemplateAnswer:
        """``POST /templates``."""
        body = call.read(NewTemplate)
        template = Template(body.key, body.text, body.format)
        await self.templates.add(call.caller.app.app_id, template)
        return TemplateAnswer.of(template)

    async def change(self, call: Call) -> TemplateAnswer:
        """``PUT /templates/{key}``."""
        body = call.read(TemplateText)
        template = Template(call.path["key"], body.text, body.format)
        await self.templates.change(call.caller.app.app_id, template)
        return TemplateAnswer.of(template)

    async def remove(self, call: Call) -> Deleted:
        """``DELETE /templates/{key}``."""
        await self.templates.remove(call.caller.app.app_id, call.path["key"])
        return Deleted(deleted=True)
