"""The site dialect, and what every visitor may ask for: its routes as a description sees them."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from core import errors
from core.errors import GatepostError
from core.model.apps.errors import AppDisabled, AppNotFound, OriginNotAllowed, ReturnUrlNotAllowed, Unauthorized
from core.model.login.errors import (
    CodeVerifierMismatch,
    CodeVerifierRequired,
    LoginCancelled,
    LoginConfirmed,
    LoginExpired,
    LoginNotFound,
)
from core.model.messages.errors import BotsUnavailable, NoBotsConfigured
from core.model.people.person import MessengerName
from core.model.sending.errors import (
    IdempotencyConflict,
    InvalidRecipient,
    MessageEmpty,
    MessageNotFound,
    MessageNotReplayable,
    MessageTooLong,
    RecipientNotFound,
)
from http_api.openapi.operation import Dialect, Operation, Refusal
from http_api.site.answers import CancelledSession, RedeemedSession, SeenSession, SiteError, StartedSession
from http_api.site.messages import (
    ListMessages,
    MessageProgress,
    MessageQueued,
    MessageSent,
    MessagesPage,
    SendMessage,
    UndeliveredError,
)
from http_api.site.shapes import CreateSession, PollSession, WidgetPoll
from http_api.voice import STATUS

_GROUP: Final = "Logins on a site's pages"
_MESSAGES: Final = "Messages by phone"
_INTERNAL: Final = Refusal(500, "INTERNAL_ERROR", "Something went wrong on our side.")
_TOO_LARGE: Final = Refusal(413, "BODY_TOO_LARGE", "The body is too large: 64 KiB are the most.")
_NOT_FOUND: Final = Refusal(404, "NOT_FOUND", "There is no such route.")


class OutboxHealth(BaseModel):
    """What sites send by a bot: unless ``closed`` all of it waits for the messenger, which is tried now and then."""

    breaker: Literal["closed", "open", "probing"]
    until: Annotated[str | None, Field(description="When something may be sent (again).")]
    why: str


class BotHealth(BaseModel):
    """How a bot is doing; moments are ISO 8601 in UTC."""

    messenger: MessengerName
    up: bool
    since: str | None
    why: Annotated[str | None, Field(description="What is wrong, if it is not up.")]
    last_call: Annotated[str | None, Field(description="When its messenger last called us.")]
    refused_calls: Annotated[int, Field(description="How many calls could not be authenticated.")]
    outbox: OutboxHealth | None


class Health(BaseModel):
    """How the daemon is doing: ``degraded`` = a bot is down or sends nothing.

    ``down`` = logins can be neither started nor redeemed.
    """

    status: Literal["ok", "degraded", "down"]
    bots: dict[str, BotHealth]
    commits: Annotated[int, Field(description="How many transactions the database has committed since the start.")]


class Jwk(BaseModel):
    """An RSA public key (RFC 7517)."""

    kty: Literal["RSA"]
    use: Literal["sig"]
    alg: Literal["RS256"]
    kid: Annotated[str, Field(description="The token's header names it.")]
    n: str
    e: str


class Jwks(BaseModel):
    """The keys that verify tokens; a new one is here a day before it signs."""

    keys: list[Jwk]


def _worded(refusal: Refusal) -> SiteError:
    return SiteError(success=False, error=refusal.code, message=refusal.text, correlation_id="683f1a2b3c4d5e6f7a8b9c0d")


_DIALECT: Final = Dialect(needs_key=False, error=SiteError, code_field="error", worded=_worded)


def site_operations() -> list[Operation]:
    """Return the operations that need no key."""
    return [
        Operation(
            dialect=_DIALECT,
            method="POST",
            route="/api/v1/auth/session",
            summary="Start a login",
            group=_GROUP,
            body=CreateSession,
            answers={200: (StartedSession,)},
            refusals=(
                *_told(errors.Invalid, ReturnUrlNotAllowed, OriginNotAllowed, AppDisabled),
                *_told(AppNotFound, NoBotsConfigured, BotsUnavailable),
                *_told(errors.TooManyRequests, errors.Busy),
                _TOO_LARGE,
                _INTERNAL,
            ),
        ),
        _poll("/api/v1/auth/session/{session_id}", "How a login stands; with type=full it is handed out, once"),
        Operation(
            dialect=_DIALECT,
            method="DELETE",
            route="/api/v1/auth/session/{session_id}",
            summary="Give a login up",
            group=_GROUP,
            answers={200: (CancelledSession,)},
            refusals=(
                *_told(errors.Invalid, LoginNotFound, LoginConfirmed, LoginExpired),
                *_told(errors.TooManyRequests, errors.Busy),
                _NOT_FOUND,
                _INTERNAL,
            ),
        ),
        _poll("/api/v1/widget/session/status", "The same, with the id in the query", WidgetPoll),
        *_messages(),
        _open("/.well-known/jwks.json", "The keys that verify tokens", {200: (Jwks,)}),
        _open("/health", "How the daemon is doing", {200: (Health,), 503: (Health,)}),
    ]


def _messages() -> list[Operation]:
    return [
        Operation(
            dialect=_DIALECT,
            method="POST",
            route="/api/v1/message/send",
            summary="Write to somebody by phone; answered when a messenger took it, or after ten seconds",
            group=_MESSAGES,
            body=SendMessage,
            needs_token=True,
            is_once=True,
            answers={200: (MessageSent,), 202: (MessageQueued,), 502: (UndeliveredError,)},
            refusals=(
                *_told(errors.Invalid, InvalidRecipient, MessageEmpty, MessageTooLong),
                *_told(Unauthorized, AppDisabled, RecipientNotFound, IdempotencyConflict),
                *_told(errors.TooManyRequests, errors.Busy),
                _TOO_LARGE,
                _INTERNAL,
            ),
        ),
        Operation(
            dialect=_DIALECT,
            method="GET",
            route="/api/v1/message/{correlation_id}",
            summary="How far a message has come",
            group=_MESSAGES,
            needs_token=True,
            answers={200: (MessageProgress,)},
            refusals=(
                *_told(errors.Invalid, Unauthorized, AppDisabled, MessageNotFound),
                *_told(errors.TooManyRequests, errors.Busy),
                _NOT_FOUND,
                _INTERNAL,
            ),
        ),
        Operation(
            dialect=_DIALECT,
            method="POST",
            route="/api/v1/message/{correlation_id}/replay",
            summary="Send once more what failed, expired, or may have been sent; answered as if it was sent now",
            group=_MESSAGES,
            needs_token=True,
            answers={200: (MessageSent,), 202: (MessageQueued,), 502: (UndeliveredError,)},
            refusals=(
                *_told(errors.Invalid, Unauthorized, AppDisabled, MessageNotFound),
                *_told(MessageNotReplayable, errors.TooManyRequests, errors.Busy),
                _NOT_FOUND,
                _INTERNAL,
            ),
        ),
        Operation(
            dialect=_DIALECT,
            method="GET",
            route="/api/v1/messages",
            summary="What did not arrive, newest first",
            group=_MESSAGES,
            query=ListMessages,
            needs_token=True,
            answers={200: (MessagesPage,)},
            refusals=(
                *_told(errors.Invalid, Unauthorized, AppDisabled),
                *_told(errors.TooManyRequests, errors.Busy),
                _INTERNAL,
            ),
        ),
    ]


def _poll(route: str, summary: str, query: type[PollSession] = PollSession) -> Operation:
    return Operation(
        dialect=_DIALECT,
        method="GET",
        route=route,
        summary=summary,
        group=_GROUP,
        query=query,
        answers={200: (SeenSession, RedeemedSession)},
        refusals=(
            *_told(errors.Invalid, CodeVerifierRequired, CodeVerifierMismatch, AppDisabled),
            *_told(LoginNotFound, LoginExpired, LoginCancelled),
            *_told(errors.TooManyRequests, errors.Busy),
            *((_NOT_FOUND,) if "{" in route else ()),
            _INTERNAL,
        ),
    )


def _open(route: str, summary: str, answers: dict[int, tuple[type[BaseModel], ...]]) -> Operation:
    return Operation(
        dialect=_DIALECT, method="GET", route=route, summary=summary, group="Keys and health", answers=answers
    )


def _told(*troubles: type[GatepostError]) -> tuple[Refusal, ...]:
    return tuple(Refusal(STATUS[trouble.kind], trouble.code, trouble.text) for trouble in troubles)
