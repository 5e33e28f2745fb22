"""What one transaction can find, keep and change of signing keys."""

from collections.abc import Sequence
from typing import Protocol

from core.model.tokens.signing_key import SigningKey


class SigningKeyRepository(Protocol):
    """The keys that sign tokens."""

    def list_all(self) -> Sequence[SigningKey]:
        """List all signing keys, oldest first."""
        ...

    def put(self, key: SigningKey) -> None:
        """Add the key, or replace the one with the same ``kid``."""
        ...

    def remove(self, kid: str) -> None:
        """Delete a key."""
        ...
