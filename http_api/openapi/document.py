"""The OpenAPI 3.1 document (spec.openapis.org/oas/v3.1) of all dialects."""

from collections.abc import Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Final

from pydantic import BaseModel

from http_api.openapi.operation import Dialect, Json, Operation, Refusal
from http_api.openapi.shapes import Shapes
from http_api.openapi.webhooks import PARAMETERS, webhooks
from http_api.route import Access
from http_api.unknown import IGNORED, IGNORED_HEADER, Policy

ABOUT: Final = """\
Log visitors in, and write to them, through the messengers they already have.

Paths under `/v1` are for a site's server, which sends its key with every request. Paths under `/api/v1` are for a
site's pages, and need no key, but for messages, which the site's server sends with the app's message token. Bodies are
JSON both ways. What an answer may have more of in later versions, ignore."""
_HEADERS: Final = {
    "X-Request-Id": ("Names this request in the operator's log.", {"type": "string", "pattern": "^[0-9a-f]{24}$"}),
    "RateLimit-Policy": (
        "How many requests (q) in how many seconds (w) the project has; absent if there is no bound.",
        {"type": "string", "examples": ['"project";q=300;w=60']},
    ),
    "RateLimit": (
        "How many requests remain (r), and in how many seconds there will be more (t).",
        {"type": "string", "examples": ['"project";r=299;t=60']},
    ),
    "Retry-After": ("Come back after as many seconds.", {"type": "integer", "minimum": 1}),
    IGNORED_HEADER: (
        "The fields of the request that nobody knows, as JSON strings with commas between them; the same as `ignored`.",
        {"type": "string", "examples": ['"colour", "buttons[0][1].icon"']},
    ),
    "WWW-Authenticate": ("How to say who calls.", {"type": "string", "const": "Bearer"}),
}
_MORE_HEADERS: Final = {401: ("WWW-Authenticate",), 429: ("Retry-After",)}
_KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "The project's key: gp_live_…, or gp_test_…, which cannot change settings.",
}
_TOKEN: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Authorization",
    "description": "The app's message token, after the word token and a space: token gp_msg_…",
}
_SECURITY: Final[dict[Access, list[Json]]] = {
    Access.API_KEY: [{"key": []}],
    Access.LIVE_KEY: [{"key": []}],
    Access.MESSAGE_TOKEN: [{"message_token": []}],
    Access.PAGE: [],
    Access.ANYONE: [],
}
_ONCE: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request under the same key is carried out once in 24 hours.",
    "schema": {"type": "string", "pattern": "^[ -~]{1,257}$"},
}


_IGNORED: Final[Json] = {
    "type": "array",
    "items": {"type": "string", "maxLength": 64},
    "maxItems": 20,
    "description": "Fields of the body that nobody knows, by their path; absent if there are none.",
}


def document(dialects: Sequence[Dialect], public_url: str) -> Json:
    """Return the document; ``public_url`` is where the operations are, without a slash at the end."""
    operations = [Operation(dialect, route) for dialect in dialects for route in dialect.routes]
    events = [event for dialect in dialects for event in dialect.events]
    shapes = Shapes(operations, events)
    paths: Json = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.route.method.lower()] = _operation(operation, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gatepost", "version": "1", "description": ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": public_url}],
        "tags": [{"name": group} for group in dict.fromkeys(operation.route.group for operation in operations)],
        "paths": paths,
        "webhooks": webhooks(events, shapes),
        "components": {
            "schemas": dict(sorted(shapes.components.items())),
            "headers": {name: {"description": text, "schema": schema} for name, (text, schema) in _HEADERS.items()},
            "parameters": PARAMETERS,
            "securitySchemes": {"key": _KEY, "message_token": _TOKEN},
        },
    }


def _operation(operation: Operation, shapes: Shapes) -> Json:
    route = operation.route
    entry: Json = {
        "operationId": operation.name,
        "summary": route.summary,
        "tags": [route.group],
        "security": _SECURITY[route.access],
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schema} for name, schema in operation.places.items()
    ]
    if route.query is not None:
        parameters += shapes.query(route.query)
    if route.is_once:
        parameters.append(_ONCE)
    if parameters:
        entry["parameters"] = parameters
    if route.body is not None:
        entry["requestBody"] = {"required": True, "content": _content(shapes.body(route.body))}
    entry["responses"] = {**_answers(operation, shapes), **_refusals(operation, shapes)}
    return entry


def _answers(operation: Operation, shapes: Shapes) -> Json:
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "headers": _headers(operation, status, *([IGNORED_HEADER] if _names_unknown(operation) else [])),
            "content": _content(_with_ignored(shapes, models) if _names_unknown(operation) else shapes.answer(*models)),
        }
        for status, models in operation.route.answers.items()
    }


def _names_unknown(operation: Operation) -> bool:
    """Tell whether answers name the fields of the body that nobody knows."""
    route = operation.route
    return route.body is not None and route.unknown.body is Policy.NAME


def _with_ignored(shapes: Shapes, models: Sequence[type[BaseModel]]) -> Json:
    """Describe an answer with the field beside it that names what nobody knew."""
    schemas = [{**shapes.answer(model), "properties": {IGNORED: _IGNORED}} for model in models]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _refusals(operation: Operation, shapes: Shapes) -> Json:
    return {
        str(status): _refused(operation, status, list(refusals), shapes)
        for status, refusals in groupby(operation.refusals, lambda refusal: refusal.status)
    }


def _refused(operation: Operation, status: int, refusals: Sequence[Refusal], shapes: Shapes) -> Json:
    """Describe one status: the dialect's one shape of a refusal, and an example under the name of each code."""
    dialect, codes = operation.dialect, [refusal.code for refusal in refusals]
    examples = {
        refusal.code: {"summary": refusal.text, "value": dialect.worded(refusal).model_dump(mode="json")}
        for refusal in refusals
    }
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(codes)}",
        "headers": _headers(operation, status),
        "content": _content(shapes.answer(dialect.error), examples=examples),
    }


def _headers(operation: Operation, status: int, *more: str) -> Json:
    names = (*operation.dialect.headers, *_MORE_HEADERS.get(status, ()), *more)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _content(schema: Json, **more: object) -> Json:
    return {"application/json": {"schema": schema, **more}}
