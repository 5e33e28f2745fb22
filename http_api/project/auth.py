"""Logging in, and the links that people follow (``projects-api`` sections 3 to 5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, create_model

from core.login.code_sign_in import CodeSignIn
from core.model.apps.app import URL_LIMIT
from core.model.login.errors import CodeNotValid, RedirectNotAllowed
from core.model.login.requests import AUTHORIZATION_CODE_LENGTH, CodeLoginRequest, CodePolled, CodeStatus, Verified
from core.model.messages.errors import NoBotsConfigured
from core.model.people.person import MessengerName
from core.subscribers.links import SubscribeLinks
from http_api.limits import Limits
from http_api.project.call import Call, ProjectRoute
from http_api.route import RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

R = TypeVar("R", bound=ResponseBody)


def with_links(
    shape: type[R], example: Callable[[MessengerName], str | None], default: EllipsisType | None = ...
) -> type[R]:
    """Return the shape with a field for each messenger's link behind its own, such as ``telegram_link``.

    Without a ``default`` the fields are required. ``example`` returns what a link looks like, ``None`` to show none.
    """
    fields: dict[str, Any] = {
        f"{messenger}_link": (str | None, Field(default, examples=[example(messenger)])) for messenger in MessengerName
    }
    return create_model(shape.__name__, __base__=shape, **fields)


def links_of(links: Mapping[MessengerName, str], channel: MessengerName | None = None) -> dict[str, str | None]:
    """Return the fields of ``with_links``: those of all messengers, or of one."""
    shown = MessengerName if channel is None else (channel,)
    return {f"{messenger}_link": links.get(messenger) for messenger in shown}


def _permanent_link(messenger: MessengerName) -> str | None:
    hosts = {MessengerName.TELEGRAM: "t.me", MessengerName.MAX: "max.ru"}
    return f"https://{hosts[messenger]}/YourBot?start=auth_my-app" if messenger in hosts else None


class LinksAnswer(with_links(ResponseBody, _permanent_link)):  # type: ignore[misc] # a field for each messenger
    """Links by messenger; ``null`` where no bot of it is connected."""

    @classmethod
    def of(cls, links: Mapping[MessengerName, str], **more: object) -> Self:
        """Make one of links by messenger."""
        answer: Self = cls.model_validate({**links_of(links), **more})
        return answer


class LoginLinks(LinksAnswer):
    """The permanent login links; they work only if ``configured``: the project has a callback URL."""

    configured: bool


Language = Annotated[
    str,
    Field(pattern="^[a-z]{2}$", description="Of the text that WhatsApp's links prepare, and of people who tell none."),
]


class AskLinks(RequestBody):
    """In which language the links are."""

    lang: Language | None = None


class StartSession(RequestBody):
    """What a login session is asked for with; ``match`` asks for a number that the person must pick in the bot."""

    state: Annotated[
        Annotated[str, Field(min_length=1, max_length=128, pattern="^[!-%'-;=?-~]+$")] | None,
        Field(
            description="Comes back with the code; bind it to the visitor's browser.", examples=["browser_session_abc"]
        ),
    ] = None
    redirect_uri: Annotated[
        Annotated[str, Field(max_length=URL_LIMIT)] | None,
        Field(
            description="Where the person is sent: one of the project's callbacks, to the letter; default: the first."
        ),
    ] = None
    match: Annotated[bool, Field(description="Make a two-digit number for your page to show; the bot asks for it.")] = (
        False
    )
    lang: Language | None = None


class SessionStarted(LinksAnswer):
    """A new session; ``expires_in`` is in seconds."""

    session_id: Annotated[str, Field(pattern="^[0-9A-Za-z]{16}$", examples=["aBcDeFgH12345678"])]
    expires_in: Annotated[int, Field(examples=[1800])]
    match_number: Annotated[
        Annotated[int, Field(ge=10, le=99)] | None, Field(description="To show, if one was asked for.", examples=[None])
    ]


class SessionStatus(ResponseBody):
    """How a session stands; ``code`` comes once, with the first ``completed``."""

    status: CodeStatus
    code: Annotated[str | None, Field(description="For POST /v1/auth/verify.")] = None

    @classmethod
    def of(cls, polled: CodePolled) -> Self:
        """Make one of what the core says."""
        return cls(status=polled.status) if polled.code is None else cls(status=polled.status, code=polled.code)


class VerifyCode(RequestBody):
    """A one-time code."""

    code: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4 * AUTHORIZATION_CODE_LENGTH,
            description="From the callback's query, or from the session's status; good once, for five minutes.",
            examples=["aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"],
        ),
    ]


class VerifiedUser(ResponseBody):
    """Who logged in; ``avatar_url`` is always ``null``: Gatepost asks no messenger for pictures."""

    subscriber_id: Annotated[str, Field(examples=["550e8400-e29b-41d4-a716-446655440000"])]
    channel: MessengerName
    first_name: Annotated[str, Field(examples=["John"])]
    username: Annotated[str, Field(description="Without @; empty if there is none.", examples=["johndoe"])]
    avatar_url: str | None
    lang: Annotated[str, Field(description="Two letters.", examples=["en"])]
    tags: Annotated[list[str], Field(examples=[[]])]
    state: Annotated[str | None, Field(description="The session's, if it had one.", examples=["browser_session_abc"])]

    @classmethod
    def of(cls, verified: Verified) -> Self:
        """Make one of what the core says."""
        return cls(
            subscriber_id=verified.subscriber_id,
            channel=verified.channel,
            first_name=verified.first_name,
            username=verified.username,
            avatar_url=None,
            lang=verified.lang,
            tags=list(verified.tags),
            state=verified.state,
        )


class SubscribeWith(RequestBody):
    """What following a subscribe link brings (both must exist), and in which language the links are."""

    permission: Annotated[
        Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,64}$")] | None, Field(description="The key of a permission.")
    ] = None
    tag: Annotated[Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,64}$")] | None, Field(description="A tag.")] = None
    lang: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthHandlers:
    """The handlers."""

    code_sign_in: CodeSignIn
    subscribe_links: SubscribeLinks
    limits: Limits

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path="/auth/link",
                handler=self.links,
                summary="The permanent login links",
                group="Login",
                query=AskLinks,
                answers=ok(LoginLinks),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="POST",
                path="/auth/session",
                handler=self.start,
                summary="Start a login session",
                group="Login",
                body=StartSession,
                answers=ok(SessionStarted),
                refusals=(RedirectNotAllowed, NoBotsConfigured),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path="/auth/session/{session_id}/status",
                handler=self.poll,
                summary="How a session stands; hands out its code, once",
                is_poll=True,
                group="Login",
                answers=ok(SessionStatus),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="POST",
                path="/auth/verify",
                handler=self.verify,
                summary="Swap a one-time code for who logged in, once",
                group="Login",
                body=VerifyCode,
                answers=ok(VerifiedUser),
                refusals=(CodeNotValid,),
            ),
            Route(
                unknown=FROM_SERVERS,
                method="GET",
                path="/subscribe-link",
                handler=self.subscribe_link,
                summary="The permanent subscribe links, with a permission or a tag if asked for",
                group="Subscribers",
                query=SubscribeWith,
                answers=ok(LinksAnswer),
            ),
        ]

    async def links(self, call: Call) -> LoginLinks:
        """``GET /auth/link``."""
        app = call.caller.app
        try:
            links = self.code_sign_in.static_links(app, call.read(AskLinks).lang)
        except NoBotsConfigured:
            links = {}
        return LoginLinks.of(links, configured=bool(app.callbacks) and not app.requires_match(by_anybody=False))

    async def start(self, call: Call) -> SessionStarted:
        """``POST /auth/session``."""
        body, app = call.read(StartSession), call.caller.app
        self.limits.count_session(app.app_id, app.sessions_per_hour)
        start = CodeLoginRequest(
            state=body.state,
            redirect_uri=body.redirect_uri,
            wants_match=body.match,
            locale=body.lang,
            is_test=call.caller.is_test,
        )
        started = await self.code_sign_in.start(app.app_id, start)
        return SessionStarted.of(
            started.links,
            session_id=started.session_id,
            expires_in=started.expires_in,
            match_number=started.match_number,
        )

    async def poll(self, call: Call) -> SessionStatus:
        """``GET /auth/session/{session_id}/status``."""
        app_id, is_test = call.caller.app.app_id, call.caller.is_test
        return SessionStatus.of(await self.code_sign_in.poll(app_id, call.path["session_id"], is_test=is_test))

    async def verify(self, call: Call) -> VerifiedUser:
        """``POST /auth/verify``."""
        app_id, code = call.caller.app.app_id, call.read(VerifyCode).code
        return VerifiedUser.of(await self.code_sign_in.verify(app_id, code, is_test=call.caller.is_test))

    async def subscribe_link(self, call: Call) -> LinksAnswer:
        """``GET /subscribe-link``."""
        query = call.read(SubscribeWith)
        try:
            links = await self.subscribe_links.of(call.caller.app, query.permission, query.tag, query.lang)
        except NoBotsConfigured:
            links = {}
        return LinksAnswer.of(links)
