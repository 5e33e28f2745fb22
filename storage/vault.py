"""What of people is kept sealed and found by digest: phones, and the user ids and chats that may be phones.

A thief of the file without the master key finds no number in it. To find a person, the number they are looked for by is
digested; to write to them, what is sealed in their rows is opened. What was opened or sealed last is remembered, so
that a login, which reads and writes its account some times, opens it once, and seals it when it has changed.
"""

import json
from typing import Final

from core.model.ids import AccountId, PersonId, Phone
from core.seal import Seal

_REMEMBERED: Final = 4096
"""How many accounts' whereabouts are remembered: about a megabyte."""

Whereabouts = tuple[str, str, Phone | None]
"""What an account is known by, in clear: its messenger's user id, the chat, and the phone it proved."""


def whereabouts_context(account_id: str) -> str:
    """Return what an account's whereabouts are sealed for."""
    return f"whereabouts of {account_id}"


def line_context(person_id: str) -> str:
    """Return what a person's line is sealed for."""
    return f"line of {person_id}"


class Vault:
    """Seals and opens under ``seal``, on one thread; the same one serves all units of a database."""

    def __init__(self, seal: Seal) -> None:
        self.seal: Final = seal
        self._remembered: dict[str, tuple[bytes, Whereabouts]] = {}

    def user_digest(self, user_id: str) -> bytes:
        """Return what a messenger's user is found by."""
        return self.seal.finding_digest(user_id, "messenger user")

    def line_digest(self, line: Phone) -> bytes:
        """Return what the holder of a line is found by."""
        return self.seal.finding_digest(line, "line")

    def seal_whereabouts(self, account_id: AccountId, whereabouts: Whereabouts) -> bytes:
        """Return the whereabouts sealed: what was opened before and is still the same, as it was."""
        remembered = self._remembered.get(account_id)
        if remembered is not None and remembered[1] == whereabouts:
            return remembered[0]
        sealed = self.seal.seal(whereabouts_to_bytes(whereabouts), whereabouts_context(account_id))
        self._remember(account_id, sealed, whereabouts)
        return sealed

    def open_whereabouts(self, account_id: AccountId, sealed: bytes) -> Whereabouts:
        """Return what was sealed; raise ``SealBrokenError``."""
        remembered = self._remembered.get(account_id)
        if remembered is not None and remembered[0] == sealed:
            return remembered[1]
        user_id, chat, phone = json.loads(self.seal.open(sealed, whereabouts_context(account_id)))
        whereabouts = (user_id, chat, phone)
        self._remember(account_id, sealed, whereabouts)
        return whereabouts

    def seal_line(self, person_id: PersonId, line: Phone) -> bytes:
        """Return a person's line, sealed."""
        return self.seal.seal(line.encode(), line_context(person_id))

    def open_line(self, person_id: PersonId, sealed: bytes) -> Phone:
        """Return what was sealed; raise ``SealBrokenError``."""
        return Phone(self.seal.open(sealed, line_context(person_id)).decode())

    def _remember(self, account_id: str, sealed: bytes, whereabouts: Whereabouts) -> None:
        self._remembered.pop(account_id, None)
        self._remembered[account_id] = (sealed, whereabouts)
        if len(self._remembered) > _REMEMBERED:
            del self._remembered[next(iter(self._remembered))]


def whereabouts_to_bytes(whereabouts: Whereabouts) -> bytes:
    """Return whereabouts as they are sealed."""
    return json.dumps(whereabouts).encode()
