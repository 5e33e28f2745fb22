"""The OpenAPI document as the page shows it: operations by group, with tables, a call by curl, and codes."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from http_api.docs.schema import Reader, Row
from http_api.openapi.operation import Json

_KEY_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "": (),
    "key": ('-H "Authorization: Bearer $GATEPOST_KEY"',),
    "message_token": ('-H "X-Authorization: token $GATEPOST_TOKEN"',),
}
_ERRORS_FROM: Final = 400


@dataclass(frozen=True, slots=True)
class Variant:
    """One shape of an answer."""

    description: str
    rows: tuple[Row, ...]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One operation.

    ``places`` are the parts of its path, ``codes`` what it may refuse with: status, code and meaning.
    """

    anchor: str
    method: str
    path: str
    summary: str
    key: str
    places: tuple[Row, ...]
    query: tuple[Row, ...]
    body: tuple[Row, ...]
    curl: str
    answers: tuple[tuple[str, tuple[Variant, ...]], ...]
    codes: tuple[tuple[str, str, str], ...]


def groups(document: Json) -> dict[str, list[Shown]]:
    """Return the document's operations by group, in its order."""
    shown: dict[str, list[Shown]] = {tag["name"]: [] for tag in document["tags"]}
    reader, address = Reader(document["components"]["schemas"]), document["servers"][0]["url"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            shown[operation["tags"][0]].append(_shown(method.upper(), path, operation, (reader, address)))
    return shown


def _shown(method: str, path: str, operation: Json, by: tuple[Reader, str]) -> Shown:
    reader, address = by
    body = _schema(operation.get("requestBody", {}))
    responses = operation["responses"]
    parameters = operation.get("parameters", [])
    return Shown(
        anchor=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        key=_key(operation),
        places=tuple(_parameter(each, reader) for each in parameters if each["in"] == "path"),
        query=tuple(_parameter(each, reader) for each in parameters if each["in"] == "query"),
        body=tuple(reader.rows(body)) if body else (),
        curl=_curl(method, address + _sample_path(path, parameters, reader), operation, reader),
        answers=tuple(
            (f"{status} {response['description']}", tuple(_variants(_schema(response), reader)))
            for status, response in responses.items()
            if int(status) < _ERRORS_FROM or "examples" not in response["content"]["application/json"]
        ),
        codes=tuple(_codes(responses)),
    )


def _key(operation: Json) -> str:
    """Return by which key it is called: ``key``, ``message_token``, or none at all."""
    return next((name for each in operation["security"] for name in each), "")


def _schema(content: Json) -> Json:
    schema: Json = content.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _parameter(parameter: Json, reader: Reader) -> Row:
    schema = {**parameter["schema"], "description": parameter.get("description", "")}
    return reader.row(parameter["name"], schema, is_required=parameter["required"])


def _variants(schema: Json, reader: Reader) -> Iterator[Variant]:
    for each in reader.variants(schema):
        yield Variant(each.get("description", ""), tuple(reader.rows(each)), _pretty(reader.example(each)))


def _codes(responses: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    for status, response in responses.items():
        for code, example in response["content"]["application/json"].get("examples", {}).items():
            yield status, code, example["summary"]


def _sample_path(path: str, parameters: list[Json], reader: Reader) -> str:
    """Return the path with its parts named as a shell would, and with the query's part that must be there."""
    query = []
    for each in parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", each["name"].upper())
        elif each["required"] or "examples" in each["schema"]:
            query.append(f"{each['name']}={quote(str(reader.example(each['schema'])))}")
    return f"{path}?{'&'.join(query)}" if query else path


def _curl(method: str, address: str, operation: Json, reader: Reader) -> str:
    parts = ["curl" if method == "GET" else f"curl -X {method}", shlex.quote(address)]
    parts.extend(_KEY_HEADERS[_key(operation)])
    body = _schema(operation.get("requestBody", {}))
    if body:
        parts.append('-H "Content-Type: application/json"')
        parts.append(f"-d {shlex.quote(json.dumps(reader.example(body), ensure_ascii=False))}")
    head, *rest = parts
    return " \\\n  ".join((f"{head} {rest[0]}", *rest[1:]))


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
