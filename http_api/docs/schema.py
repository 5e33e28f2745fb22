"""JSON Schema as people read it: rows of a table, and examples."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from http_api.openapi.operation import Json

_DEEPEST: Final = 4
_SAMPLES: Final = {"boolean": True, "integer": 1, "number": 1.5, "string": "…"}
_RANGES: Final = (
    ("length", "minLength", "maxLength"),
    ("range", "minimum", "maximum"),
    ("items", "minItems", "maxItems"),
)
_MOMENT: Final = "2026-05-13T11:00:00Z"


@dataclass(frozen=True, slots=True)
class Row:
    """One field. ``bounds`` are pairs of a word and a value: what it may be, and what it is if it is left out."""

    name: str
    kind: str
    is_required: bool
    description: str
    bounds: tuple[tuple[str, str], ...]


class Reader:
    """Reads schemas of one document, whose ``components`` they may point to."""

    def __init__(self, components: Json) -> None:
        self._components = components

    def rows(self, schema: Json, prefix: str = "") -> Iterator[Row]:
        """Return the fields of an object, and those inside them by their path."""
        whole = self._whole(schema)
        required = whole.get("required", ())
        for name, each in whole.get("properties", {}).items():
            yield self.row(f"{prefix}{name}", each, is_required=name in required)
            if prefix.count(".") < _DEEPEST:
                yield from self._inside(each, f"{prefix}{name}")

    def row(self, name: str, schema: Json, *, is_required: bool) -> Row:
        """Return one field."""
        whole = self._whole(schema)
        return Row(name, self.kind(schema), is_required, schema.get("description", ""), tuple(_bounds(whole)))

    def kind(self, schema: Json) -> str:
        """Return what a value is, in words of JSON."""
        if "anyOf" in schema:
            return " or ".join(self.kind(each) for each in schema["anyOf"])
        whole = self._whole(schema)
        kind = whole.get("type", "any")
        if kind == "array":
            return f"array of {self.kind(whole.get('items', {}))}"
        return whole["format"] if kind == "string" and "format" in whole else str(kind)

    def variants(self, schema: Json) -> list[Json]:
        """Return the shapes that an answer may have."""
        return [self._whole(each) for each in schema.get("anyOf", [schema])]

    def example(self, schema: Json) -> Any:  # noqa: ANN401 - any JSON
        """Return a value that fits, as far as the schema tells; of an object what must be there or has an example."""
        whole = self._whole(schema)
        if "examples" in whole:
            return whole["examples"][0]
        for value in (*whole.get("enum", ()), whole.get("const"), whole.get("default")):
            if value is not None:
                return value
        match whole.get("type"):
            case "object":
                return self._example_object(whole)
            case "array":
                return [self.example(whole.get("items", {}))]
            case kind:
                return _sample(str(kind), whole)

    def _example_object(self, whole: Json) -> Json:
        fields = {
            name: self.example(each)
            for name, each in whole.get("properties", {}).items()
            if name in whole.get("required", ()) or "examples" in each
        }
        values = whole.get("additionalProperties")
        if not fields and isinstance(values, dict):
            fields[str(self.example(whole.get("propertyNames", {"type": "string"})))] = self.example(values)
        return fields

    def _inside(self, schema: Json, name: str) -> Iterator[Row]:
        whole = self._whole(schema)
        if "properties" in whole:
            yield from self.rows(whole, f"{name}.")
        elif isinstance(whole.get("items"), dict):
            yield from self.rows(whole["items"], f"{name}[].")
        elif isinstance(whole.get("additionalProperties"), dict):
            yield from self.rows(whole["additionalProperties"], f"{name}.*.")

    def _whole(self, schema: Json) -> Json:
        """Return the schema with what it points to; of several kinds the first that is not ``null``."""
        whole = dict(schema)
        kinds = [kind for kind in whole.pop("anyOf", ()) if kind != {"type": "null"}]
        base: Json = self._whole(kinds[0]) if kinds else {}
        if "$ref" in whole:
            base = self._whole(self._components[whole.pop("$ref").rpartition("/")[2]])
        fields = {**base.get("properties", {}), **whole.get("properties", {})}
        return {**base, **whole, **({"properties": fields} if fields else {})}


def _sample(kind: str, whole: Json) -> object:
    return _MOMENT if whole.get("format") == "date-time" else whole.get("minimum", _SAMPLES.get(kind))


def _bounds(whole: Json) -> Iterator[tuple[str, str]]:
    values = whole.get("items", whole)
    said = [*values.get("enum", ()), *([values["const"]] if "const" in values else [])]
    if said:
        yield "one_of", ", ".join(map(_shown, said))
    if "pattern" in values:
        yield "pattern", values["pattern"]
    for word, low, high in _RANGES:
        if low in whole or high in whole:
            yield word, _range(whole.get(low), whole.get(high))
    if whole.get("default") is not None:
        yield "default", _shown(whole["default"])


def _range(low: object, high: object) -> str:
    if low is None or high is None:
        return f"≥ {low}" if high is None else f"≤ {high}"
    return f"{low}…{high}"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
