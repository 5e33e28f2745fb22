"""What sites send in the site dialect (``sites-api`` sections 2 and 10); what they get is in ``answers``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints

from core.model.apps.app import URL_LIMIT
from http_api.route import RequestBody

Hex24 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]
CodeChallenge = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
PollType = Literal["status", "full"]


class CreateSession(RequestBody):
    """What ``POST /api/v1/auth/session`` takes."""

    model_config = ConfigDict(strict=True)

    app_id: Annotated[Hex24, Field(description="The id of your app.", examples=["507f1f77bcf86cd799439011"])]
    locale: Annotated[
        Annotated[str, StringConstraints(max_length=35)] | None,
        Field(description="Such as ru or en-GB; the bot speaks the visitor's own language first."),
    ] = None
    return_url: Annotated[
        Annotated[str, StringConstraints(max_length=URL_LIMIT)] | None,
        Field(description="Where the visitor should end up, on an allowed origin; default: the app's redirect URL."),
    ] = None
    match: Annotated[
        bool, Field(description="Make a two-digit number for your page to show; the bot asks for it.", examples=[True])
    ] = False
    qr: Annotated[bool, Field(description="Answer with the links' QR codes too.")] = False
    code_challenge: Annotated[
        CodeChallenge | None,
        Field(description="RFC 7636: only who knows the verifier can redeem the session."),
    ] = None
    code_challenge_method: Annotated[Literal["S256"], Field(description="The only one there is.")] = "S256"


class PollSession(RequestBody):
    """The query of ``GET /api/v1/auth/session/{session_id}``."""

    type: Annotated[
        PollType | None,
        Field(description="status: how the session stands. full (default): and, once confirmed, token and user, once."),
    ] = None
    poll: Annotated[bool, Field(description="Hold the answer until something changes, at most 10 seconds.")] = False
    issue_token: Annotated[bool, Field(description="The older form: false means type=status.")] = True
    code_verifier: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{43,128}$")] | None,
        Field(description="With type=full, if the session was created with a code_challenge."),
    ] = None


class WidgetPoll(PollSession):
    """The query of ``GET /api/v1/widget/session/status``."""

    session_id: Annotated[Hex24, Field(description="The session's id.")]


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


_QUERY_KEYS: Final = frozenset(PollSession.model_fields)


def known_query(query: Mapping[str, str]) -> dict[str, str]:
    """Return the part of a query that we read."""
    return {key: value for key, value in query.items() if key in _QUERY_KEYS}
