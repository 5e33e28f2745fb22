"""Units of work at the driver: run one, and tell what the disk does to us from what is a bug of ours."""

import logging
import sqlite3
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from core.errors import Busy
from storage.unit import SqlUnit

Work = Callable[[SqlUnit], Any]


class Outcome(NamedTuple):
    """What a unit of work returned, or what it raised; and the bells to ring once it is committed."""

    value: Any
    error: BaseException | None = None
    rung: frozenset[bytes] = frozenset()


_REFUSALS: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""What the disk or another process does to us; any other complaint of SQLite is a bug of ours."""
_PRIMARY_CODE: Final = 0xFF

logger = logging.getLogger(__name__)


def run(work: Work, unit: SqlUnit) -> Outcome:
    """Run ``work``; whatever it raises is its caller's, who raises it again."""
    unit.rung.clear()
    try:
        value = work(unit)
    except sqlite3.Error as error:
        if not _is_refusal(error):
            return Outcome(None, error)
        logger.error("the database refused a statement", extra={"why": str(error)})  # noqa: TRY400 - that is all of it
        return Outcome(None, Busy(str(error)))
    except BaseException as error:  # noqa: BLE001 - it is its caller's
        return Outcome(None, error)
    return Outcome(value, None, frozenset(unit.rung)) if unit.rung else Outcome(value)


def is_locked(error: sqlite3.Error) -> bool:
    """Tell whether another process holds the lock."""
    return _code(error) == sqlite3.SQLITE_BUSY


def _is_refusal(error: sqlite3.Error) -> bool:
    return _code(error) in _REFUSALS


def _code(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary code; the driver's own complaints have none."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY_CODE
