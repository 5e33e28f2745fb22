"""What an adapter must know again after a restart: how far it has read its messenger's updates."""

from typing import Protocol


class Memory(Protocol):
    """A short note that outlives a restart: how far we have read."""

    async def recall(self) -> str | None:
        """Return the note."""
        ...

    async def remember(self, note: str) -> None:
        """Keep the note."""
        ...
