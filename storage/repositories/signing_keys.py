"""The keys that sign tokens, as rows; the private keys are sealed."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, delete, select

from core.model.tokens.signing_key import SigningKey
from storage.rows import RowMapper
from storage.statements import Statements, insert_or_replace
from storage.tables.tokens import signing_keys

_KEY: Final = RowMapper(signing_keys, SigningKey)
_ALL: Final = select(*_KEY.columns).order_by(signing_keys.c.created_at, signing_keys.c.kid)
_REMOVE: Final = delete(signing_keys).where(signing_keys.c.kid == bindparam("kid"))


@cache
def _put(dialect: str) -> Insert:
    return insert_or_replace(dialect, signing_keys, ("kid",))


class SqlSigningKeys:
    """``core.ports.tokens.SigningKeyRepository`` in one transaction; a key is known by its ``kid``."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def list_all(self) -> Sequence[SigningKey]:
        return [_KEY.read(row) for row in self._statements.all(_ALL, {})]

    def put(self, key: SigningKey) -> None:
        self._statements.change(_put(self._statements.dialect), _KEY.values(key))

    def remove(self, kid: str) -> None:
        self._statements.change(_REMOVE, {"kid": kid})
