"""One-time codes by message (``projects-api`` section 7)."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from core.apps.project import Projects
from core.model.messages.errors import NoBotsConfigured
from core.model.otp.code import PURPOSE_LIMIT, TYPED_LIMIT, CodeTerms
from core.model.otp.code import CodeRequestStatus as Standing
from core.model.otp.errors import CodeReplaced, CodesNotCarried, NoActiveCode, WrongCode
from core.model.people.person import MessengerName
from core.model.subscribers.errors import BothIdentifiers, SubscriberNotFound, SubscriberUnreachable
from core.otp.codes import CodeRecipient, OneTimeCodes
from core.otp.issuing import Issued
from core.otp.requests import CodeRequests, Polled, StartedCodeRequest
from http_api.project.auth import Language, links_of, with_links
from http_api.project.call import Call, ExternalId, ProjectRoute
from http_api.project.send import WAIT_SECONDS, check_named
from http_api.route import RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

_Route: Final = partial(Route, unknown=FROM_SERVERS, group="One-time codes")

SubscriberId = Annotated[str, Field(max_length=64, examples=["550e8400-e29b-41d4-a716-446655440000"])]
Purpose = Annotated[
    str,
    Field(max_length=PURPOSE_LIMIT, description="What the code is for; the same when it is verified.", examples=[""]),
]
TestCode = Annotated[
    str | None, Field(description="The code; with the test key only, since nobody is sent it.", examples=["482913"])
]


class Terms(RequestBody):
    """How long a code is good, how often one may guess, how many digits it has, and what it is for."""

    ttl_minutes: Annotated[int, Field(ge=1, le=30)] = 5
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    code_length: Annotated[
        Literal[4, 6, 8] | None,
        Field(description="As many digits as the project's `otp_code_length` says, unless it is said here."),
    ] = None
    purpose: Purpose = ""

    def terms(self, usual_length: int) -> CodeTerms:
        """Return what the core calls it; ``usual_length`` is the project's."""
        return CodeTerms(
            ttl=timedelta(minutes=self.ttl_minutes),
            max_attempts=self.max_attempts,
            length=usual_length if self.code_length is None else self.code_length,
            purpose=self.purpose,
        )


class SendCode(Terms):
    """A code that is to be sent to a subscriber, named by our id or by yours."""

    subscriber_id: SubscriberId | None = None
    external_id: ExternalId | None = None


class CodeSent(ResponseBody):
    """A messenger took the code."""

    sent: bool
    expires_in_seconds: Annotated[int, Field(examples=[300])]
    test_code: TestCode = None
    subscriber_id: Annotated[
        str | None, Field(description="Who got it, if you named them by `external_id`; verify with this.")
    ] = None

    @classmethod
    def of(cls, issued: Issued, *, tells_who: bool) -> Self:
        """Make one of what the core says."""
        code = issued.code
        fields: dict[str, object] = {
            "sent": True,
            "expires_in_seconds": int((code.expires_at - code.created_at).total_seconds()),
        }
        if code.is_test:
            fields["test_code"] = issued.digits
        if tells_who:
            fields["subscriber_id"] = code.subscription_id
        return cls.model_validate(fields)


class VerifySentCode(RequestBody):
    """What somebody typed."""

    subscriber_id: SubscriberId
    code: Annotated[str, Field(min_length=1, max_length=TYPED_LIMIT, examples=["482913"])]
    purpose: Purpose = ""


class CodeVerified(ResponseBody):
    """It was the code, which works no more."""

    verified: bool


class RequestCode(Terms):
    """A link that brings a code to whoever opens it; by one messenger, or all that the project has."""

    channel: MessengerName | None = None
    lang: Language | None = None


class _Requested(ResponseBody):
    request_id: Annotated[str, Field(pattern="^[0-9A-Za-z]{16}$", examples=["Kq9xV3mN2pT7rL8s"])]


def _code_link(messenger: MessengerName) -> str | None:
    return "https://t.me/YourBot?start=otp_Kq9xV3mN2pT7rL8s" if messenger is MessengerName.TELEGRAM else None


class CodeRequested(with_links(_Requested, _code_link, default=None)):  # type: ignore[misc] # a field for each messenger
    """A new request; with ``channel`` only that link. ``null`` where no bot of the messenger may send codes."""

    expires_in: Annotated[int, Field(examples=[900])]

    @classmethod
    def of(cls, started: StartedCodeRequest, channel: MessengerName | None) -> Self:
        """Make one of what the core says."""
        links = links_of(started.links, channel)
        return cls(request_id=started.request_id, expires_in=started.expires_in, **links)


class RequestStatus(ResponseBody):
    """How a request stands; with ``sent`` comes who got the code."""

    status: Standing
    subscriber_id: str | None = None
    test_code: TestCode = None

    @classmethod
    def of(cls, polled: Polled) -> Self:
        """Make one of what the core says."""
        more = {"subscriber_id": polled.subscriber_id, "test_code": polled.test_code}
        fields = {name: value for name, value in more.items() if value is not None}
        return cls.model_validate({"status": polled.status, **fields})


@dataclass(frozen=True, slots=True, kw_only=True)
class OtpHandlers:
    """The handlers."""

    projects: Projects
    codes: OneTimeCodes
    requests: CodeRequests

    def routes(self) -> list[ProjectRoute]:
        """List the routes."""
        return [
            _Route(
                method="POST",
                path="/otp/send",
                handler=self.send,
                summary="Send a subscriber a one-time code; answered when the messenger took it",
                body=SendCode,
                answers=ok(CodeSent),
                refusals=(SubscriberNotFound, BothIdentifiers, CodesNotCarried, SubscriberUnreachable, CodeReplaced),
            ),
            _Route(
                method="POST",
                path="/otp/verify",
                handler=self.verify,
                summary="Whether it is the code: once, and only so many guesses",
                body=VerifySentCode,
                answers=ok(CodeVerified),
                refusals=(SubscriberNotFound, NoActiveCode, WrongCode),
            ),
            _Route(
                method="POST",
                path="/otp/request",
                handler=self.request,
                summary="Make links that bring a one-time code to whoever opens them",
                body=RequestCode,
                answers=ok(CodeRequested),
                refusals=(CodesNotCarried, NoBotsConfigured),
            ),
            _Route(
                method="GET",
                path="/otp/request/{request_id}/status",
                handler=self.status,
                summary="How such a request stands, and who got the code",
                is_poll=True,
                answers=ok(RequestStatus),
            ),
        ]

    async def send(self, call: Call) -> CodeSent:
        """``POST /otp/send``."""
        body, caller = call.read(SendCode), call.caller
        check_named(body.subscriber_id, body.external_id)
        recipient = CodeRecipient(body.subscriber_id, body.external_id)
        terms = await self._terms(call, body)
        issued = await self.codes.send(caller.app.app_id, recipient, terms, WAIT_SECONDS, is_test=caller.is_test)
        return CodeSent.of(issued, tells_who=body.external_id is not None)

    async def verify(self, call: Call) -> CodeVerified:
        """``POST /otp/verify``."""
        body, caller = call.read(VerifySentCode), call.caller
        await self.codes.verify(caller.app.app_id, body.subscriber_id, body.purpose, body.code, is_test=caller.is_test)
        return CodeVerified(verified=True)

    async def request(self, call: Call) -> CodeRequested:
        """``POST /otp/request``."""
        body, caller = call.read(RequestCode), call.caller
        started = await self.requests.start(
            caller.app.app_id, await self._terms(call, body), body.channel, body.lang, is_test=caller.is_test
        )
        return CodeRequested.of(started, body.channel)

    async def status(self, call: Call) -> RequestStatus:
        """``GET /otp/request/{request_id}/status``."""
        return RequestStatus.of(await self.requests.poll(call.caller.app.app_id, call.path["request_id"]))

    async def _terms(self, call: Call, body: Terms) -> CodeTerms:
        return body.terms((await self.projects.sender(call.caller.app.app_id)).otp_code_length)
