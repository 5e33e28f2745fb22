"""What the project dialect calls each trouble (``projects-api`` section 14); nothing in the core knows these codes."""

from typing import Final

from core import errors
from core.errors import GatepostError, Kind
from core.model.apps.errors import AppDisabled, InvalidApiKey, TestKeyForbidden
from core.model.login.errors import CodeNotValid, RedirectNotAllowed
from core.model.otp.errors import CodesNotCarried, WrongCode
from core.model.sending.errors import IdempotencyConflict
from core.model.subscribers.errors import BothIdentifiers, InvalidExternalId, SubscriberNotFound, SubscriberUnreachable
from http_api.unknown import UnknownFieldError

_BY_CLASS: Final[dict[type[GatepostError], str]] = {
    errors.Invalid: "validation_failed",
    UnknownFieldError: "unknown_field",
    CodeNotValid: "bad_request",
    WrongCode: "bad_request",
    RedirectNotAllowed: "invalid_url",
    IdempotencyConflict: "idempotency_conflict",
    BothIdentifiers: "mutually_exclusive_identifiers",
    InvalidExternalId: "invalid_external_id",
    SubscriberNotFound: "subscriber_not_found",
    InvalidApiKey: "invalid_api_key",
    AppDisabled: "project_inactive",
    TestKeyForbidden: "test_key_forbidden",
    CodesNotCarried: "otp_not_allowed",
    SubscriberUnreachable: "subscriber_unreachable",
}
_BY_KIND: Final = {
    Kind.INVALID: "bad_request",
    Kind.UNAUTHORIZED: "unauthorized",
    Kind.FORBIDDEN: "forbidden",
    Kind.NOT_FOUND: "not_found",
    Kind.CONFLICT: "conflict",
    Kind.TOO_MANY: "rate_limit_project",
    Kind.UNAVAILABLE: "platform_busy",
}
BY_STATUS: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    431: "headers_too_large",
}
"""What aiohttp itself refuses."""
RETRYABLE: Final = frozenset({"rate_limit_project", "platform_busy", "internal_error"})
"""What may go well if it is asked again."""
STATUSES: Final[dict[str, int]] = {
    "bad_request": 400,
    "validation_failed": 400,
    "unknown_field": 400,
    "invalid_url": 400,
    "mutually_exclusive_identifiers": 400,
    "invalid_external_id": 400,
    "unauthorized": 401,
    "invalid_api_key": 401,
    "forbidden": 403,
    "project_inactive": 403,
    "test_key_forbidden": 403,
    "not_found": 404,
    "subscriber_not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "idempotency_conflict": 409,
    "otp_not_allowed": 409,
    "subscriber_unreachable": 409,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "headers_too_large": 431,
    "rate_limit_project": 429,
    "internal_error": 500,
    "platform_busy": 503,
}
"""Every code there is, and the status it comes with."""


def code_of(trouble: type[GatepostError]) -> str:
    """Return what the dialect calls a trouble."""
    for kin in trouble.__mro__:
        if kin in _BY_CLASS:
            return _BY_CLASS[kin]
    return _BY_KIND[trouble.kind]
