"""What bots of all messengers have in common, where they are listed."""

from typing import Any, Protocol


class AnyBot(Protocol):
    """A bot of some messenger."""

    @property
    def token(self) -> str:
        """What the bot proves itself with."""
        ...

    @property
    def username(self) -> str:
        """By which name links and tests find it."""
        ...

    @property
    def first_name(self) -> str:
        """What people see."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Describe the bot for the control API."""
        ...
