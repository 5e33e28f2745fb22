"""What sites get in the site dialect (``sites-api`` sections 2 and 6): what answers are made of and described by.

Ids are 24 hex characters; times are ISO 8601 in UTC with milliseconds and ``Z``.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field

from core.model.apps.app import App
from core.model.login.login import Cancelled, CancelReason, Confirmed, Redeemed, Status
from core.model.login.requests import Redemption, Seen, StartedLogin
from core.model.login.user_code import shown
from core.model.people.person import MessengerName
from core.tokens.jwt import token_expiry, user_object
from http_api.route import ResponseBody
from http_api.site.qr import qr_code
from http_api.site.shapes import Hex24, PollType

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Timestamp = Annotated[Moment, Field(examples=["2026-05-13T11:00:00.000Z"])]
SessionId = Annotated[Hex24, Field(examples=["683f1a2b3c4d5e6f7a8b9c0d"])]
AppId = Annotated[Hex24, Field(examples=["507f1f77bcf86cd799439011"])]


class SiteAnswer(ResponseBody):
    """A body that a site gets, built when the first one is made: a start can do without."""

    model_config = ConfigDict(defer_build=True)


class AppLook(SiteAnswer):
    """How the operator wants the login to look."""

    name: Annotated[str, Field(examples=["Teapot & Co."])]
    color: Annotated[str | None, Field(description="As #rrggbb.", examples=["#0f766e"])]
    logo: Annotated[str | None, Field(description="Where the logo is; another logo is at another address.")]

    @classmethod
    def of(cls, app: App, public_url: str) -> Self:
        """Make one of what the core says."""
        return cls(name=app.name, color=app.color, logo=logo_address(app, public_url))


class QrPath(SiteAnswer):
    """A QR code to draw black on white in a ``viewBox`` of ``0 0 size size``; its quiet zone is in it."""

    size: Annotated[int, Field(ge=21, examples=[41])]
    path: Annotated[str, Field(description="SVG path data.", examples=["M4 4h7v1h-7z"])]


class StartedSession(SiteAnswer):
    """A new session, and what a page needs to show it well."""

    success: Literal[True]
    session_id: Annotated[SessionId, Field(description="A secret of the browser that started.")]
    expires_at: Timestamp
    app_id: AppId
    redirect_url: Annotated[str | None, Field(examples=["https://shop.example.com/login"])]
    display_order: Annotated[list[MessengerName], Field(description="The links, in the order to show them.")]
    links: Annotated[
        dict[MessengerName, str],
        Field(
            description="By messenger; a link is no secret, it only lets somebody confirm.",
            examples=[{"telegram": "https://t.me/YourBot?start=uU0a1Jc2Q0mO0b1YxkqS3w"}],
        ),
    ]
    app_links: Annotated[
        dict[MessengerName, str], Field(description="For phones: they open the messenger itself.", examples=[{}])
    ]
    code: Annotated[str, Field(description="What may be typed to a bot instead.", examples=["K7QM-4XRT-9BDA"])]
    app: AppLook
    hosted_login_url: Annotated[str, Field(examples=["https://id.example.com/login/507f1f77bcf86cd799439011"])]
    match_number: Annotated[int, Field(ge=10, le=99, description="To show, if one was asked for.", examples=[42])] = 0
    qr: Annotated[
        dict[MessengerName, QrPath], Field(description="By messenger, if they were asked for.", default_factory=dict)
    ]

    @classmethod
    def of(cls, started: StartedLogin, public_url: str, *, with_qr: bool) -> Self:
        """Make one of what the core says."""
        asked = started.login.asked
        fields: dict[str, object] = {
            "success": True,
            "session_id": started.session_id,
            "expires_at": timestamp(asked.expires_at),
            "app_id": asked.app_id,
            "redirect_url": asked.return_url,
            "display_order": list(started.links),
            "links": started.links,
            "app_links": started.app_links,
            "code": shown(started.code),
            "app": AppLook.of(started.app, public_url),
            "hosted_login_url": f"{public_url}/login/{asked.app_id}",
        }
        if asked.match is not None:
            fields["match_number"] = asked.match.number
        if with_qr:
            fields["qr"] = {messenger: qr_code(link).to_json() for messenger, link in started.links.items()}
        return cls.model_validate(fields)


class SeenSession(SiteAnswer):
    """How a session stands, without a token."""

    status: Status
    poll_type: PollType
    messenger_opened: Annotated[bool, Field(description="Whether somebody opened the link.")] = False
    messenger_opened_at: Annotated[Moment, Field(description="If it was opened.")] = ""
    answer_seconds: Annotated[
        int,
        Field(description="If the bot has asked: for how long its question can still be answered, 0 once it lapsed."),
    ] = 0
    token_consumed: Annotated[Literal[True], Field(description="If somebody has fetched the token already.")] = True
    confirmed_at: Annotated[Moment, Field(description="If it is confirmed.")] = ""
    cancelled_at: Annotated[Moment, Field(description="If it is cancelled.")] = ""
    cancel_reason: Annotated[CancelReason, Field(description="If it is cancelled.")] = CancelReason.DECLINED
    app_id: AppId
    created_at: Timestamp
    expires_at: Timestamp

    @classmethod
    def of(cls, seen: Seen, poll_type: PollType, now: datetime, **more: object) -> Self:
        """Make one of what the core says."""
        login, answer_seconds = seen.login, seen.answer_seconds(now)
        fields: dict[str, object] = {"status": seen.status, "poll_type": poll_type, **more}
        if seen.status is Status.PENDING:
            fields["messenger_opened"] = login.claim is not None
        if login.claim is not None:
            fields["messenger_opened"] = True
            fields["messenger_opened_at"] = timestamp(login.claim.opened_at)
        if answer_seconds is not None:
            fields["answer_seconds"] = answer_seconds
        match login:
            case Redeemed(confirmed_at=confirmed_at):
                fields["token_consumed"] = True
                fields["confirmed_at"] = timestamp(confirmed_at)
            case Confirmed(confirmed_at=confirmed_at) if seen.status is Status.CONFIRMED:
                fields["confirmed_at"] = timestamp(confirmed_at)
            case Cancelled(reason=reason, cancelled_at=cancelled_at):
                fields["cancelled_at"] = timestamp(cancelled_at)
                fields["cancel_reason"] = reason
            case _:
                pass
        fields["app_id"] = login.asked.app_id
        fields["created_at"] = timestamp(login.asked.created_at)
        fields["expires_at"] = timestamp(login.asked.expires_at)
        return cls.model_validate(fields)


class CancelledSession(SeenSession):
    """A session that was given up."""

    success: Literal[True]


class SiteUser(SiteAnswer):
    """Who logged in."""

    id: Annotated[
        Hex24,
        Field(
            alias="_id",
            description="The person: the same in every messenger that proved the phone.",
            examples=["507f1f77bcf86cd799439011"],
        ),
    ]
    user_id: Annotated[str, Field(description="The messenger's own id.", examples=["123456789"])]
    type: MessengerName
    first_name: Annotated[str, Field(examples=["John"])]
    last_name: Annotated[str | None, Field(examples=["Doe"])]
    username: Annotated[str | None, Field(examples=["johndoe"])]
    phone: Annotated[str | None, Field(description="E.164.", examples=["+79001234567"])]
    phone_verified_at: Annotated[Timestamp | None, Field(description="Since when the phone is known to be theirs.")]


class RedeemedSession(SiteAnswer):
    """The one answer that carries the token; here ``expires_at`` is the token's."""

    status: Literal[Status.CONFIRMED]
    poll_type: Literal["full"]
    confirmed_at: Timestamp
    token: Annotated[str, Field(description="A JWT, signed RS256.", examples=["eyJhbGciOiJSUzI1NiIs…"])]
    user: SiteUser
    app_id: AppId
    expires_at: Timestamp

    @classmethod
    def of(cls, redemption: Redemption) -> Self:
        """Make one of what the core says."""
        login = redemption.login
        return cls(
            status=Status.CONFIRMED,
            poll_type="full",
            confirmed_at=timestamp(login.confirmed_at),
            token=redemption.token,
            user=SiteUser.model_validate(user_object(redemption.profile)),
            app_id=login.asked.app_id,
            expires_at=timestamp(token_expiry(login.redeemed_at)),
        )


class SiteError(SiteAnswer):
    """A refusal."""

    success: Literal[False]
    error: Annotated[str, Field(description="Stable; branch on it.")]
    message: Annotated[str, Field(description="For people.")]
    correlation_id: Annotated[Hex24, Field(description="The same is in the operator's log.")]


class Jwk(SiteAnswer):
    """An RSA public key (RFC 7517)."""

    kty: Literal["RSA"]
    use: Literal["sig"]
    alg: Literal["RS256"]
    kid: Annotated[str, Field(description="The token's header names it.")]
    n: str
    e: str


class Jwks(SiteAnswer):
    """The keys that verify tokens; a new one is here a day before it signs."""

    keys: list[Jwk]


def logo_address(app: App, public_url: str) -> str | None:
    """Return where the app's logo is; another logo is at another address."""
    return f"{public_url}/login/{app.app_id}/logo?{app.logo_digest}" if app.logo_digest else None


def timestamp(moment: datetime) -> str:
    """Return a moment as the contract writes it, such as ``2026-05-13T11:00:00.000Z``."""
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"
