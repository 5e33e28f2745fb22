"""Everything that can be wrong with what is asked of us, each with a stable code.

``code`` is part of the public contract (``docs/site-api.md``); ``kind`` is what a transport turns into its own
status. Anything that is not a ``GatepostError`` is a bug.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self

from core.complaints import Complaint, Spot, Value, Wrong, worded


class Kind(StrEnum):
    """The kinds of trouble, in words that fit every transport."""

    INVALID = "invalid"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class GatepostError(Exception):
    """Something was asked that cannot be done; nothing was changed."""

    code: ClassVar[str]
    kind: ClassVar[Kind]
    text: ClassVar[str]

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.text)

    @property
    def facts(self) -> Mapping[str, str | int]:
        """What a program may be told beside the code; names and values are part of the public contract."""
        return {}


class Invalid(GatepostError):
    """The request itself is wrong; ``complaint`` says where and how, and ``str`` says it in English."""

    code = "VALIDATION_ERROR"
    kind = Kind.INVALID
    text = "The request is not valid."

    def __init__(self, field: str | Spot, wrong: Wrong, **values: Value) -> None:
        super().__init__()
        self.complaint = Complaint(field, wrong, values)

    @classmethod
    def of(cls, complaint: Complaint) -> Self:
        """Return the refusal that says this complaint."""
        return cls(complaint.field, complaint.wrong, **complaint.values)

    def __str__(self) -> str:
        return worded(self.complaint)


class TooManyRequests(GatepostError):
    """A limit was reached; ``retry_after`` (whole seconds) says when to come back."""

    code = "RATE_LIMITED"
    kind = Kind.TOO_MANY
    text = "Too many requests. Wait a little and try again."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class Busy(GatepostError):
    """A queue is full or the store cannot write; nothing was done.

    ``why`` is for the operator alone: what the disk or the database complains of, empty if it is no more than busy.
    """

    code = "UNAVAILABLE"
    kind = Kind.UNAVAILABLE
    text = "The service is busy. Try again in a moment."

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why
