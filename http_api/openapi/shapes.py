"""Models as JSON Schema: bodies and answers as components, queries as parameters."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from http_api.openapi.operation import Event, Json, Operation

_TEMPLATE: Final = "#/components/schemas/{model}"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")


class _Plain(GenerateJsonSchema):
    """Schemas without what says nothing: a title for each field, and defaults of answers, where they mean absence."""

    def field_title_should_be_set(self, schema: core_schema.CoreSchema | core_schema.ComputedField | object) -> bool:
        """Say no: a title would only repeat the field's name."""
        del schema
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        """Describe a field that need not be there."""
        return self.generate_inner(schema["schema"]) if self.mode == "serialization" else super().default_schema(schema)


class Shapes:
    """The shapes of all operations and events; ``components`` are those that have a name."""

    def __init__(self, operations: Iterable[Operation], events: Iterable[Event]) -> None:
        models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
        models.update(dict.fromkeys(pair for operation in operations for pair in _used(operation)))
        models.update(dict.fromkeys((event.body, "serialization") for event in events))
        refs, schema = models_json_schema(list(models), schema_generator=_Plain, ref_template=_TEMPLATE)
        self._refs = refs
        self.components: Json = {_checked(name): _component(each) for name, each in schema.get("$defs", {}).items()}

    def body(self, model: type[BaseModel]) -> Json:
        """Return the schema of what is sent."""
        return dict(self._refs[model, "validation"])

    def answer(self, *models: type[BaseModel]) -> Json:
        """Return the schema of what comes back: one of the models."""
        schemas = [dict(self._refs[model, "serialization"]) for model in models]
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}

    def query(self, model: type[BaseModel]) -> list[Json]:
        """Return a query's fields as parameters."""
        schema = model.model_json_schema(schema_generator=_Plain, ref_template=_TEMPLATE)
        self.components.update((_checked(name), each) for name, each in schema.pop("$defs", {}).items())
        required = schema.get("required", ())
        return [_parameter(name, each, is_required=name in required) for name, each in schema["properties"].items()]


def _used(operation: Operation) -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    if operation.route.body is not None:
        yield operation.route.body, "validation"
    for models in operation.route.answers.values():
        for model in models:
            yield model, "serialization"
    if operation.refusals:
        yield operation.dialect.error, "serialization"


def _checked(name: str) -> str:
    """Return a component's name if it is that of a class alone; else ``ValueError``.

    Where two classes have one name, or a class is described in one way as a body and in another as an answer, the name
    would have more in it than letters and digits, and would change with whatever else there is.
    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"component {name}: give each of the two shapes a class, and each class a name of its own")
    return name


def _component(schema: Json) -> Json:
    """Return a component whose fields have no ``default``: their words tell it.

    Generators of clients read ``default`` as *it is always there*: true of what was read, and not of what is sent.
    """
    if "properties" not in schema:
        return schema
    return {**schema, "properties": {name: _optional(each) for name, each in schema["properties"].items()}}


def _optional(field: Json) -> Json:
    default = field.get("default")
    rest = {key: value for key, value in field.items() if key != "default"}
    if default is None:
        return rest
    said = f"`{json.dumps(default)}` if it is left out."
    return {**rest, "description": f"{rest['description']} {said}" if "description" in rest else said}


def _parameter(name: str, schema: Json, *, is_required: bool) -> Json:
    schema = _without_null(schema)
    description = schema.pop("description", None)
    parameter = {"name": name, "in": "query", "required": is_required, "schema": schema}
    return parameter if description is None else {**parameter, "description": description}


def _without_null(schema: Json) -> Json:
    """Return the schema without ``null``, which a query can only leave out."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    return {"anyOf": kinds, **rest} if kinds else rest
