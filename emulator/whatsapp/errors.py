"""How the emulated Graph API says no, in Meta's codes and words; failed statuses and value.errors speak alike."""

from typing import Any, Final

Json = dict[str, Any]

_HELP: Final = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

INVALID_PARAMETER: Final = 100
BAD_TOKEN: Final = 190
ACCESS_DENIED: Final = 10
THROUGHPUT: Final = 130429
BUSINESS_BLOCKED: Final = 130403
SOMETHING_WENT_WRONG: Final = 131000
MISSING_PARAMETER: Final = 131008
BAD_VALUE: Final = 131009
TO_ITSELF: Final = 131021
UNDELIVERABLE: Final = 131026
OUTSIDE_WINDOW: Final = 131047
UNSUPPORTED: Final = 131051
PAIR_RATE: Final = 131056
NEEDS_PHONE: Final = 131062
PARAMETER_COUNT: Final = 132000
NO_TEMPLATE: Final = 132001
TEMPLATE_TOO_LONG: Final = 132005
TEMPLATE_PARAMETERS: Final = 132018

_KNOWN: Final = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (429, "API Too Many Calls"),
    ACCESS_DENIED: (403, "API Permission Denied"),
    33: (400, "Parameter value is not valid"),
    INVALID_PARAMETER: (400, "Invalid parameter"),
    BAD_TOKEN: (401, "Access token has expired"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (429, "Rate limit issues"),
    BUSINESS_BLOCKED: (403, "Business has blocked this user"),
    THROUGHPUT: (429, "Rate limit hit"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    SOMETHING_WENT_WRONG: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    MISSING_PARAMETER: (400, "Required parameter is missing"),
    BAD_VALUE: (400, "Parameter value is not valid"),
    131016: (503, "Service unavailable"),
    TO_ITSELF: (400, "Recipient cannot be sender"),
    UNDELIVERABLE: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131037: (400, "Display name approval needed"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    OUTSIDE_WINDOW: (400, "Re-engagement message"),
    131048: (429, "Spam rate limit hit"),
    131049: (400, "Meta chose not to deliver"),
    131050: (400, "User has stopped marketing messages"),
    UNSUPPORTED: (400, "Message type unknown"),
    PAIR_RATE: (429, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (503, "Account in maintenance mode"),
    131060: (400, "This message is currently unavailable"),
    NEEDS_PHONE: (400, "Business-scoped user ID is not supported for this message"),
    131064: (400, "Account limited"),
    PARAMETER_COUNT: (400, "Template Param Count Mismatch"),
    NO_TEMPLATE: (404, "Template does not exist"),
    TEMPLATE_TOO_LONG: (400, "Template Hydrated Text Too Long"),
    132007: (400, "Template Format Character Policy Violated"),
    132012: (400, "Template Parameter Format Mismatch"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    TEMPLATE_PARAMETERS: (400, "Template parameters are not valid"),
    133004: (503, "Server Temporarily Unavailable"),
    133010: (400, "Phone number Not Registered"),
    137000: (400, "Identity key mismatch"),
}


class GraphError(Exception):
    """An unsuccessful answer: a code with its details, or with a message of its own."""

    def __init__(self, code: int, details: str = "", *, message: str = "", subcode: int | None = None) -> None:
        self.code = code
        self.message = message or f"(#{code}) {title_of(code)}"
        self.details = details
        self.subcode = subcode
        super().__init__(details or self.message)

    @property
    def status(self) -> int:
        """The HTTP status the code comes with."""
        return _KNOWN.get(self.code, (400, ""))[0]

    def body(self, trace_id: str) -> Json:
        """Word the answer."""
        error: Json = {"message": self.message, "type": "OAuthException", "code": self.code}
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        return {"error": {**error, "fbtrace_id": trace_id}}


def title_of(code: int) -> str:
    """Tell what Meta calls an error."""
    return _KNOWN.get(code, (400, "Unknown error"))[1]


def webhook_error(code: int, details: str = "") -> Json:
    """Describe an error as failed statuses, unsupported messages and value.errors carry it."""
    title = title_of(code)
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or f"{title}."},
        "href": _HELP,
    }


def code_for(status: int) -> int:
    """Choose the code for an error that is only known by its HTTP status."""
    chosen = {401: BAD_TOKEN, 403: ACCESS_DENIED, 429: THROUGHPUT, 503: 131016}.get(status)
    if chosen is not None:
        return chosen
    return SOMETHING_WENT_WRONG if status >= 500 else INVALID_PARAMETER  # noqa: PLR2004 - HTTP's server errors


def invalid(message: str) -> GraphError:
    """Make the error 100 that says in its own words what is wrong with a parameter."""
    return GraphError(INVALID_PARAMETER, message=f"(#{INVALID_PARAMETER}) {message}")


def bad_value(details: str) -> GraphError:
    """Make the error 131009 that says what is wrong with a value."""
    return GraphError(BAD_VALUE, details)
