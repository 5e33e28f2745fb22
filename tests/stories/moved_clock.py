"""A clock that tests move by hand, on top of the machine's: emulated messengers live in the machine's time."""

from datetime import UTC, datetime, timedelta


class MovedClock:
    """The machine's time, and what tests add to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the time, moved."""
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - what is moved must start somewhere
