"""A text with variables as it was understood: it is read once, and filled in for each recipient without reading again.

Its words and looks are those of a ``RichText`` in which each variable is one unit, its mark (``variables.py``).
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final

from core.complaints import Wrong
from core.errors import Invalid
from core.model.text.addresses import ADDRESS_LIMIT
from core.model.text.text import Entity, EntityKind, RichText, check_length, check_text, length_of, nested
from core.model.text.variables import MARK, Source, Variable, escaped, source_of, variable_of, with_addresses_placed
from core.model.text.writer import RichWriter

VALUE_LIMIT: Final = 1000
_PIECES: Final = re.compile("([\ud800-\udbff])")

Values = Mapping[str, str | int | float]
"""What stands in variables, by their names."""
Reader = Callable[[Source], RichWriter]
"""Reads one of the ways in which texts are written."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text, its looks, and the variables that its marks stand for; made by ``read_wording``."""

    text: str
    entities: tuple[Entity, ...] = ()
    variables: tuple[Variable, ...] = ()

    def filled(self, values: Values) -> RichText:
        """Return the text with its variables filled in; raise ``Invalid`` that names one which is missing.

        Nothing in a value can become markup, or lead an address elsewhere.
        """
        if not self.variables:
            return RichText(self.text, self.entities)
        said = Filling(self.variables, values)
        pieces = _PIECES.split(self.text)
        grown = [length_of(said.of(mark)) - 1 for mark in pieces[1::2]]
        check_length(length_of(self.text) + sum(grown))
        lengths = (length_of(words) + 1 for words in pieces[:-1:2])
        places = [end - 1 for end in accumulate(lengths)]
        pieces[1::2] = map(said.of, pieces[1::2])
        text = check_text("".join(pieces))
        moved = [0, *accumulate(grown)]
        looks = []
        for entity in self.entities:
            start = entity.offset + moved[bisect_left(places, entity.offset)]
            end = entity.end + moved[bisect_left(places, entity.end)]
            if end > start:
                url = None if entity.url is None else said.address(entity.url)
                looks.append(replace(entity, offset=start, length=end - start, url=url))
        return RichText(text, nested(looks))

    def to_json(self) -> list[Any]:
        """Return the wording as JSON, as which it is kept."""
        looks = [[each.kind, each.offset, each.length, each.url, each.language] for each in self.entities]
        return [self.text, looks, [[each.spelling, each.name, each.default] for each in self.variables]]


def read_wording(text: str, read: Reader) -> Wording:
    """Read a text with variables, without half characters; raise ``Invalid`` for what cannot be read or sent."""
    source = source_of(text)
    writer = read(source)
    said = writer.said()
    check_text(MARK.sub("x", said))
    return Wording(with_addresses_placed(said), nested(writer.looks()), source.variables)


def wording_from_json(value: list[Any]) -> Wording:
    """Return the wording that ``to_json`` wrote."""
    text, looks, variables = value
    entities = tuple(Entity(EntityKind(kind), *rest) for kind, *rest in looks)
    return Wording(text, entities, tuple(Variable(*each) for each in variables))


class Filling:
    """What stands in a text's variables for one recipient, each value escaped once for each place it stands in."""

    def __init__(self, variables: tuple[Variable, ...], values: Values) -> None:
        self._variables = variables
        self._values = values
        self._escaped: dict[str, str] = {}

    def of(self, mark: str) -> str:
        """Return what stands where the mark is; raise ``Invalid`` if it is missing, or too long."""
        if mark not in self._escaped:
            self._escaped[mark] = escaped(self._value(variable_of(mark, self._variables)), mark)
        return self._escaped[mark]

    def whole(self, text: str) -> str:
        """Return a text with its variables filled in."""
        return MARK.sub(lambda mark: self.of(mark[0]), text)

    def address(self, pattern: str) -> str:
        """Return an address with its variables filled in; raise ``Invalid`` if that is too long."""
        url = self.whole(pattern)
        if len(url) > ADDRESS_LIMIT:
            raise Invalid("text", Wrong.FILLED_ADDRESS_TOO_LONG, length=len(url), most=ADDRESS_LIMIT)
        return url

    def _value(self, variable: Variable) -> str:
        value = str(self._values.get(variable.name, ""))
        if variable.default is not None and not value.strip():
            return variable.default
        if variable.name not in self._values:
            raise Invalid("vars", Wrong.VARIABLE_MISSING, name=variable.name)
        if len(value) > VALUE_LIMIT:
            raise Invalid("vars", Wrong.VARIABLE_TOO_LONG, name=variable.name, most=VALUE_LIMIT)
        return value
