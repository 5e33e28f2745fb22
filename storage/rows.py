"""Rows to nouns and back, by name: one mapper, which needs a table and a frozen dataclass and no list of columns.

Below it is how single values are kept: times as whole milliseconds since 1970 in UTC, tuples as JSON.

A field is kept in the column whose key is its name, and its type says how: times as milliseconds, members of an enum
as their values, tuples as JSON, ids and all else as they are. NULL is ``None``; where a field takes no ``None``, it is
the field's default, so that a row from before a column was there reads as a noun that says nothing about it.

Where table and dataclass do not agree, the repository names the exception: a field that is kept in another way
(``Converter``), in several columns (``Composite``) or not at all (``UNKEPT``), and columns that are not the noun's
(``apart``). Whatever is left over on either side raises ``TypeError`` as soon as the repository is imported. So a new
setting of apps is a field, a column of the same name and a migration; every statement and mapping here follows.

A row makes its object as ``copy`` and ``pickle`` make theirs: slot by slot, without a call of the class. That takes a
quarter less time than calling it with twenty names, some thirty times in a login, and leaves nothing out: a dataclass
that looks at its values when it is made (``__post_init__``) is refused.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType, MemberDescriptorType, NoneType, UnionType
from typing import Any, Final, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Column, Table

from storage.errors import ImpossibleRowError, UnreadableError
from storage.statements import Row

T = TypeVar("T")
_AS_THE_FIELD_SAYS: Final = object()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Converter:
    """How one column keeps a field: ``read`` never gets NULL, nor ``write`` ``None``; either may be missing.

    ``null`` is what NULL reads as where that is neither ``None`` nor the field's default. ``read`` may raise
    ``UnreadableError``.
    """

    read: Callable[[Any], object] | None = None
    write: Callable[[Any], object] | None = None
    null: object = _AS_THE_FIELD_SAYS


@dataclass(frozen=True, slots=True)
class Composite:
    """How several columns keep one field: ``read`` takes their values in this order, ``write`` returns them.

    Both see NULL and ``None`` as any other value. ``read`` may raise ``UnreadableError``.
    """

    columns: tuple[str, ...]
    read: Callable[..., object]
    write: Callable[[Any], tuple[object, ...]]


UNKEPT: Final = Composite((), lambda: None, lambda _value: ())
"""A field that no column keeps; it reads as ``None``."""
_AS_IT_IS: Final = Converter()
_AGREED: Final[Mapping[str, Converter | Composite]] = MappingProxyType({})


class RowMapper(Generic[T]):
    """Reads the rows of ``columns`` as objects of the dataclass ``noun``, and names the values to write of one.

    ``kept`` says of fields how they are kept, where their types do not; ``apart`` are the columns of the table that
    are not the noun's. ``known_by`` is how an impossible row is called in its error, in format syntax over the
    columns, and the primary key unless given: a digest must not be shown.
    """

    def __init__(
        self,
        table: Table,
        noun: type[T],
        kept: Mapping[str, Converter | Composite] = _AGREED,
        *,
        apart: Collection[str] = (),
        known_by: str | None = None,
    ) -> None:
        names = _fields_of(noun)
        hints = get_type_hints(noun)
        self._composites = {name: way for name in names if isinstance(way := kept.get(name), Composite)}
        singles = [name for name in names if name not in self._composites]
        keys = [*singles, *(column for composite in self._composites.values() for column in composite.columns)]
        _check_agreement(table, noun, {*keys, *(kept.keys() - self._composites.keys())}, apart)
        self._converters = {
            name: _converter(table.c[name], names[name], hints[name], kept.get(name)) for name in singles
        }
        identity = [str(column.key) for column in table.primary_key]
        self._noun = noun
        self._table = table.name
        self._keys = (*keys, *(key for key in identity if key not in keys))
        self._known_by = known_by or " ".join(f"{{{key}}}" for key in identity)
        self._slots = tuple(_slot(noun, name) for name in singles)
        self._readers = tuple(
            (position, way.read or _unchanged, way.null)
            for position, way in enumerate(self._converters.values())
            if way.read is not None or way.null is not None
        )
        self._composers = tuple(
            (_slot(noun, name), way.read, _part(keys, way.columns)) for name, way in self._composites.items()
        )
        self.columns: Final = tuple(table.c[key] for key in self._keys)
        """What to select, in the order in which ``read`` takes them; other columns may follow in a row.

        Columns of the primary key that are ``apart`` are the last of these: an impossible row is known by them.
        """
        self.values: Final = self.values_but_for()
        """Returns what to write of an object by the columns' keys, without the columns that are ``apart``."""

    def read(self, row: Row) -> T:
        """Return the object that a row of ``columns`` holds, or raise ``ImpossibleRowError``."""
        made = object.__new__(self._noun)
        values = list(row)
        try:
            for position, read, null in self._readers:
                value = values[position]
                values[position] = null if value is None else read(value)
            for put, value in zip(self._slots, values, strict=False):
                put(made, value)
            for put, compose, part in self._composers:
                put(made, compose(*row[part]))
        except Exception as error:
            raise self._impossible(row, error) from error
        return made

    def read_or_none(self, row: Row | None) -> T | None:
        """Return ``read`` of a row that may be missing."""
        return None if row is None else self.read(row)

    def values_but_for(self, *fields: str) -> Callable[[T], dict[str, object]]:
        """Return what does as ``values`` does, and leaves out some fields: those that a change does not touch."""
        converters = {name: way for name, way in self._converters.items() if name not in fields}
        composites = {name: way for name, way in self._composites.items() if name not in fields}
        return _Writer(converters, composites)

    def _impossible(self, row: Row, error: Exception) -> ImpossibleRowError:
        fault = str(error) if isinstance(error, UnreadableError) else "cannot be read"
        return ImpossibleRowError(
            self._table, self._known_by.format_map(dict(zip(self._keys, row, strict=False))), fault
        )


class _Writer:
    """Names the values to write of some fields of an object, of two at least."""

    def __init__(self, converters: Mapping[str, Converter], composites: Mapping[str, Composite]) -> None:
        self._get = attrgetter(*converters, *composites)
        self._writers = tuple(
            (position, way.write) for position, way in enumerate(converters.values()) if way.write is not None
        )
        self._single = len(converters)
        self._splitters = tuple(way.write for way in composites.values())
        self._keys = (*converters, *(column for way in composites.values() for column in way.columns))

    def __call__(self, noun: object) -> dict[str, object]:
        values = list(self._get(noun))
        for position, write in self._writers:
            value = values[position]
            if value is not None:
                values[position] = write(value)
        if self._splitters:
            parts = values[self._single :]
            del values[self._single :]
            for split, part in zip(self._splitters, parts, strict=True):
                values += split(part)
        return dict(zip(self._keys, values, strict=False))


def _fields_of(noun: type) -> dict[str, "Field[Any]"]:
    if hasattr(noun, "__post_init__"):
        raise TypeError(f"{noun.__name__} looks at its values when it is made, so rows cannot make it")
    return {field.name: field for field in fields(noun)}


def _check_agreement(table: Table, noun: type, kept: set[str], apart: Collection[str]) -> None:
    """Raise ``TypeError`` for a field or an exception without a column, and for a column that nothing accounts for."""
    columns = {str(column.key) for column in table.columns}
    for complaint, names in (
        ("has no column", kept - columns),
        ("is no column to leave apart", set(apart) - columns),
        ("is a field, and left apart", kept & set(apart)),
        ("has no field", columns - kept - set(apart)),
    ):
        if names:
            raise TypeError(f"{noun.__name__} and {table.name} do not agree: {', '.join(sorted(names))} {complaint}")


def _converter(
    column: Column[Any], field: "Field[Any]", hint: object, given: Converter | Composite | None
) -> Converter:
    """Return how a column keeps a field, and what NULL reads as; raise ``TypeError`` if that cannot be told."""
    kind, takes_none = _split(hint)
    way = given if isinstance(given, Converter) else _converter_of(column, kind)
    null = None
    if way.null is not _AS_THE_FIELD_SAYS:
        null = way.null
    elif takes_none and not column.nullable:
        raise TypeError(f"{column} may not be NULL, and its field may be None")
    elif column.nullable and not takes_none:
        null = field.default_factory() if field.default_factory is not MISSING else field.default
        if null is MISSING:
            raise TypeError(f"{column} may be NULL, and its field has no default")
    return Converter(way.read, way.write, null)


def _split(hint: object) -> tuple[object, bool]:
    """Return a field's type without ``None``, and whether ``None`` was in it; an id is what it is made of."""
    takes_none = get_origin(hint) in {Union, UnionType} and NoneType in get_args(hint)
    if takes_none:
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    return getattr(hint, "__supertype__", hint), takes_none


def _converter_of(column: Column[Any], hint: object) -> Converter:
    """Return how a column keeps values of a type; raise ``TypeError`` for one that only its repository can know."""
    if hint in {str, int, bytes}:
        return _AS_IT_IS
    if hint is bool:
        return Converter(bool)
    if hint is datetime:
        return Converter(from_ms, to_ms)
    if isinstance(hint, type) and issubclass(hint, Enum):
        # Not ``value``, which is a property and takes three times as long.
        return Converter(_Members(str(column.key), hint).__getitem__, attrgetter("_value_"))
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,) and _split(get_args(hint)[0])[0] in {str, int}:
        return Converter(from_json, to_json)
    raise TypeError(f"{column} keeps a {hint}: its repository must say how")


class _Members(dict[object, Enum]):
    """The members of an enum by their values; an unknown value is a fault of the column's, and shown."""

    def __init__(self, column: str, enum: type[Enum]) -> None:
        super().__init__({member.value: member for member in enum})
        self._column = column

    def __missing__(self, value: object) -> Enum:
        raise UnreadableError(f"{self._column} {value!r}")


def _slot(noun: type, name: str) -> Callable[[object, object], None]:
    """Return what sets a slot of an object; raise ``TypeError`` for a dataclass without slots."""
    slot = getattr(noun, name, None)
    if not isinstance(slot, MemberDescriptorType):
        raise TypeError(f"{noun.__name__}.{name} is no slot: the dataclass must be made with slots=True")
    return slot.__set__


def _part(keys: list[str], columns: tuple[str, ...]) -> slice:
    """Return where a row of ``keys`` holds columns that stand there together."""
    begin = keys.index(columns[0]) if columns else 0
    return slice(begin, begin + len(columns))


def _unchanged(value: object) -> object:
    return value


def to_ms(moment: datetime) -> int:
    """Return an aware time in milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def to_ms_or_none(moment: datetime | None) -> int | None:
    """Return ``to_ms`` of a time that may be missing."""
    return None if moment is None else to_ms(moment)


def from_ms(milliseconds: int) -> datetime:
    """Return the aware time in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def from_ms_or_none(milliseconds: int | None) -> datetime | None:
    """Return ``from_ms`` of a time that may be missing."""
    return None if milliseconds is None else from_ms(milliseconds)


def to_json(values: tuple[str | int, ...]) -> str:
    """Return texts or whole numbers as a JSON array."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1024)
def from_json(array: str) -> tuple[Any, ...]:
    """Return the texts or whole numbers of a JSON array; remembered, since every login reads its app's lists."""
    return tuple(json.loads(array))
