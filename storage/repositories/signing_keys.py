"""The keys that sign tokens as rows."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, select

from core.model.tokens.signing_key import KeyState, SigningKey
from storage.errors import ImpossibleRowError
from storage.statements import Statements
from storage.tables.tokens import signing_keys
from storage.upsert import insert_or_replace
from storage.values import from_ms, to_ms

_ALL: Final = select(
    signing_keys.c.kid,
    signing_keys.c.state,
    signing_keys.c.sealed,
    signing_keys.c.created_at,
    signing_keys.c.changed_at,
).order_by(signing_keys.c.created_at, signing_keys.c.kid)
_REMOVE: Final = delete(signing_keys).where(signing_keys.c.kid == bindparam("kid"))
_STATES: Final = {state.value: state for state in KeyState}


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, signing_keys, ("kid",))


class SqlSigningKeys:
    """``core.ports.tokens.SigningKeyRepository`` in one transaction."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def list_all(self) -> Sequence[SigningKey]:
        return [
            SigningKey(kid, _state(kid, state), sealed, from_ms(created_at), from_ms(changed_at))
            for kid, state, sealed, created_at, changed_at in self._statements.all(_ALL, {})
        ]

    def put(self, key: SigningKey) -> None:
        self._statements.change(
            _put(self._statements.dialect),
            {
                "kid": key.kid,
                "state": key.state.value,
                "sealed": key.sealed,
                "created_at": to_ms(key.created_at),
                "changed_at": to_ms(key.changed_at),
            },
        )

    def remove(self, kid: str) -> None:
        self._statements.change(_REMOVE, {"kid": kid})


def _state(kid: str, state: str) -> KeyState:
    if state not in _STATES:
        raise ImpossibleRowError("signing_keys", kid, f"state {state!r}")
    return _STATES[state]
