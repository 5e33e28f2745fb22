"""The bodies of the site dialect, in and out (``sites-api`` sections 2 and 6).

Ids are 24 hex characters; times are ISO 8601 in UTC with milliseconds and ``Z``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from gatepost.core.model.app import URL_LIMIT, App
from gatepost.core.model.login import Cancelled, Confirmed, Redeemed, Status
from gatepost.core.model.sign_in import Redemption, Seen, Started
from gatepost.core.model.typed_code import shown
from gatepost.core.tokens import TOKEN_LIFETIME, user_object
from gatepost.http_api.site.qr import qr_code

Hex24 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]
CodeChallenge = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
PollType = Literal["status", "full"]

Body = dict[str, object]


class CreateSession(BaseModel):
    """What ``POST /api/v1/auth/session`` takes; what it does not know it ignores."""

    model_config = ConfigDict(strict=True, frozen=True)

    app_id: Hex24
    locale: Annotated[str, StringConstraints(max_length=35)] | None = None
    return_url: Annotated[str, StringConstraints(max_length=URL_LIMIT)] | None = None
    match: bool = False
    qr: bool = False
    code_challenge: CodeChallenge | None = None
    code_challenge_method: Literal["S256"] = "S256"


class PollSession(BaseModel):
    """The query of ``GET /api/v1/auth/session/{session_id}``."""

    model_config = ConfigDict(frozen=True)

    type: PollType | None = None
    poll: bool = False
    issue_token: bool = True
    code_verifier: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{43,128}$")] | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll asks for; small, since many thousands may be held."""

    poll_type: PollType
    holds: bool
    code_verifier: str | None

    @classmethod
    def of(cls, query: PollSession) -> Self:
        """Read a query: its ``type``, else what the older ``issue_token`` means."""
        poll_type: PollType = query.type or ("full" if query.issue_token else "status")
        return cls(poll_type, query.poll, query.code_verifier)


def started_body(started: Started, public_url: str, *, with_qr: bool) -> Body:
    """Word the answer of create (section 2.1), and what a page needs to show it well."""
    asked = started.login.asked
    body: Body = {
        "success": True,
        "session_id": started.session_id,
        "expires_at": timestamp(asked.expires_at),
        "app_id": asked.app_id,
        "redirect_url": asked.return_url,
        "display_order": [messenger.value for messenger in started.links],
        "links": {messenger.value: link for messenger, link in started.links.items()},
        "app_links": {messenger.value: link for messenger, link in started.app_links.items()},
        "code": shown(started.code),
        "app": app_object(started.app, public_url),
        "hosted_login_url": f"{public_url}/login/{asked.app_id}",
    }
    if asked.match is not None:
        body["match_number"] = asked.match.number
    if with_qr:
        body["qr"] = {messenger.value: qr_code(link).to_json() for messenger, link in started.links.items()}
    return body


def app_object(app: App, public_url: str) -> Body:
    """Word how an app looks: its name, its colour (``#rrggbb``) and where its logo is, ``null`` for none."""
    return {"name": app.name, "color": app.color, "logo": logo_address(app, public_url)}


def logo_address(app: App, public_url: str) -> str | None:
    """Return where the app's logo is; another logo is at another address."""
    return f"{public_url}/login/{app.app_id}/logo?{app.logo_digest}" if app.logo_digest else None


def seen_body(seen: Seen, poll_type: PollType) -> Body:
    """Word the state of a session without a token (sections 2.2 to 2.4 and 2.6)."""
    login = seen.login
    body: Body = {"status": seen.status.value, "poll_type": poll_type}
    if seen.status is Status.PENDING:
        body["messenger_opened"] = login.claim is not None
    if login.claim is not None:
        body["messenger_opened"] = True
        body["messenger_opened_at"] = timestamp(login.claim.opened_at)
    match login:
        case Redeemed(confirmed_at=confirmed_at):
            body["token_consumed"] = True
            body["confirmed_at"] = timestamp(confirmed_at)
        case Confirmed(confirmed_at=confirmed_at) if seen.status is Status.CONFIRMED:
            body["confirmed_at"] = timestamp(confirmed_at)
        case Cancelled(reason=reason, cancelled_at=cancelled_at):
            body["cancelled_at"] = timestamp(cancelled_at)
            body["cancel_reason"] = reason.value
        case _:
            pass
    body["app_id"] = login.asked.app_id
    body["created_at"] = timestamp(login.asked.created_at)
    body["expires_at"] = timestamp(login.asked.expires_at)
    return body


def redeemed_body(redemption: Redemption, token: str) -> Body:
    """Word the one answer that carries the token (section 2.5); here ``expires_at`` is the token's."""
    login = redemption.login
    return {
        "status": Status.CONFIRMED.value,
        "poll_type": "full",
        "confirmed_at": timestamp(login.confirmed_at),
        "token": token,
        "user": user_object(redemption.profile),
        "app_id": login.asked.app_id,
        "expires_at": timestamp(login.redeemed_at.replace(microsecond=0) + TOKEN_LIFETIME),
    }


def error_body(code: str, message: str, request_id: str) -> Body:
    """Word a refusal (section 6)."""
    return {"success": False, "error": code, "message": message, "correlation_id": request_id}


def timestamp(moment: datetime) -> str:
    """Return a moment as the contract writes it, such as ``2026-05-13T11:00:00.000Z``."""
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


_QUERY_KEYS: Final = frozenset(PollSession.model_fields)


def known_query(query: Mapping[str, str]) -> dict[str, str]:
    """Return the part of a query that we read."""
    return {key: value for key, value in query.items() if key in _QUERY_KEYS}
