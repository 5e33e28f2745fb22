"""How the emulated MAX says no: a status with a code and a message, or a success that is none."""

from typing import Any


class ApiError(Exception):
    """An unsuccessful answer: a status, and `code` and `message` of its JSON."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_payload(what: str) -> ApiError:
    """Make the 400 for a body or a query that cannot be taken."""
    return ApiError(400, "proto.payload", what)


def bad_token(what: str) -> ApiError:
    """Make the 401 for a token that is missing, misspelt or not valid any more."""
    return ApiError(401, "verify.token", what)


def suspended() -> ApiError:
    """Make the 403 for a dialog that the person stopped."""
    return ApiError(403, "chat.denied", "error.dialog.suspended")


def never_started() -> ApiError:
    """Make the 404 for a person who never started the bot, or whom there is not."""
    return ApiError(404, "dialog.not.found", "error.dialog.notfound")


def too_many_requests(per_second: int) -> ApiError:
    """Make the 429, which does not say how long to wait."""
    return ApiError(429, "too.many.requests", f"Limit is: {per_second} calls per second")


def polled_already() -> ApiError:
    """Make the 409 for a second poll beside one that waits."""
    return ApiError(409, "conflict", "Another long polling request is waiting")


def subscribed() -> ApiError:
    """Make the 405 for polling while there is a subscription."""
    return ApiError(405, "method.not.allowed", "Long polling is not available while there is a webhook subscription")


def not_done(why: str) -> dict[str, Any]:
    """Make the answer, with status 200, to a call that changes nothing."""
    return {"success": False, "message": why}
