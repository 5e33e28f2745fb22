"""Reading the JSON of a request part by part, refusing what is missing, of another type, too long or not expected."""

from collections.abc import Collection
from typing import Any

from emulator.whatsapp.errors import MISSING_PARAMETER, GraphError, bad_value, invalid

Json = dict[str, Any]


def refuse_others(parent: Json, names: Collection[str], where: str) -> None:
    """Refuse every field of `parent` that is not among `names`."""
    for name in parent:
        if name not in names:
            raise invalid(f'Unexpected key "{name}" on param "{where}".')


def part(parent: Json, name: str, where: str = "") -> Json:
    """Read an object that must be there."""
    found = parent.get(name)
    if found is None:
        raise _missing(name, where)
    if not isinstance(found, dict):
        raise invalid(f"Param {_path(name, where)} must be a JSON object.")
    return found


def items(parent: Json, name: str, where: str) -> list[Json]:
    """Read an array of objects that must be there."""
    found = parent.get(name)
    if found is None:
        raise _missing(name, where)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise invalid(f"Param {_path(name, where)} must be an array of JSON objects.")
    return found


def words(parent: Json, name: str, where: str, at_most: int) -> str:
    """Read a text that must be there, of 1 to `at_most` characters, not blank."""
    found = parent.get(name)
    if found is None:
        raise _missing(name, where)
    if not isinstance(found, str):
        raise invalid(f"Param {_path(name, where)} must be a string.")
    if not found.strip() or len(found) > at_most:
        raise bad_value(f"{_path(name, where)} length invalid. Min length: 1, Max length: {at_most}")
    return found


def must_be(parent: Json, name: str, where: str, only: str) -> None:
    """Refuse any other value than `only`."""
    if parent.get(name) is None:
        raise _missing(name, where)
    if parent[name] != only:
        raise invalid(f'Param {_path(name, where)} must be one of {{{only}}} - got "{parent[name]}".')


def _path(name: str, where: str) -> str:
    return f"{where}['{name}']" if where else name


def _missing(name: str, where: str) -> GraphError:
    return GraphError(MISSING_PARAMETER, f"The parameter {_path(name, where)} is required.")
