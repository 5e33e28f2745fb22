"""How the emulated Bot API says no, in Telegram's own words."""

import math


class ApiError(Exception):
    """An unsuccessful answer: a status and a description; `retry_after` is in whole seconds."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad_request(what: str) -> ApiError:
    """Make the 400 that says what was wrong."""
    return ApiError(400, f"Bad Request: {what}")


def too_many_requests(seconds: float) -> ApiError:
    """Make the 429 that asks to wait for at least this many seconds."""
    wait = max(1, math.ceil(seconds))
    return ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


CHAT_NOT_FOUND = "chat not found"
EMPTY_TEXT = "message text is empty"
TOO_LONG = "message is too long"
CAPTION_TOO_LONG = "message caption is too long"
NO_TEXT = "there is no text in the message to edit"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_GET_UPDATES = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
SET_WEBHOOK = "Conflict: terminated by setWebhook request"
