"""Texts of the worst kind stop nobody: no step of the daemon computes for long, whatever a site sends (faults 7.1)."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.stories.backend import Backend, move_in
from tests.stories.crowd import gather, over
from tests.stories.loop_steps import measured_steps
from tests.stories.test_schemathesis import LIMITS
from tests.stories.town import Json, town

LONGEST = 16_000
"""What a field without a limit of its own is sent: more markup than that is not read."""
PIECES = (r"[a](\)", "*a _b ~c ||", "<b>", "&", "{{a|", "\\", "> 😀*", "中*")
ATTEMPTS = 4
BODY_LIMIT = 64 * 1024
Schema = Mapping[str, Any]
Place = tuple[str | int, ...]
"""Where a field stands in a body."""


def worst(length: int) -> list[str]:
    """Return the worst texts of a length."""
    tag = "<b " + "a" * (length - 9) + ">x</b>" if length > 9 else "<" * length
    return [tag, *((piece * length)[:length] for piece in PIECES)]


class Description:
    """``/openapi.json``, which is made of the routes of both dialects."""

    def __init__(self, described: Json) -> None:
        self._described = described

    def bodies(self) -> Iterator[tuple[str, str, Schema]]:
        """List the operations that read a JSON body: method, path, and the shape of the body."""
        for path, operations in self._described["paths"].items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
                if "application/json" in content:
                    yield method.upper(), path, content["application/json"]["schema"]

    def plain(self, schema: Schema) -> Schema:
        """Return the shape behind references, and of several the first that is not ``null``."""
        while "$ref" in schema or "anyOf" in schema or "allOf" in schema or "oneOf" in schema:
            if "$ref" in schema:
                schema = self._described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
                continue
            several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or []
            schema = next(each for each in several if each.get("type") != "null")
        return schema

    def least(self, schema: Schema, known: Mapping[str, object], name: str = "") -> Any:  # noqa: ANN401 - any JSON
        """Return the least value of a shape, with what is ``known`` by its name."""
        schema = self.plain(schema)
        if name in known:
            return known[name]
        if "enum" in schema or "const" in schema:
            return schema.get("const") or schema["enum"][0]
        match schema.get("type"):
            case "object":
                required = schema.get("required", [])
                shapes = schema.get("properties", {})
                return {
                    each: self.least(shapes[each], known, each) for each in shapes if each in required or each in known
                }
            case "array":
                return [self.least(schema["items"], known, name)] if schema.get("items") else []
            case kind:
                text = "x" * max(1, schema.get("minLength", 1))
                return {"integer": schema.get("minimum", 1), "number": 1, "boolean": False}.get(str(kind), text)

    def texts(self, schema: Schema, place: Place = (), depth: int = 0) -> Iterator[tuple[Place, int, bool]]:
        """List the fields of text: where each stands, its greatest length, and whether a ``format`` stands beside."""
        schema = self.plain(schema)
        for name, each in schema.get("properties", {}).items():
            shape = self.plain(each)
            if shape.get("type") == "string" and "enum" not in shape and "const" not in shape:
                yield (*place, name), min(shape.get("maxLength", LONGEST), LONGEST), "format" in schema["properties"]
            elif shape.get("type") == "array" and depth < 4:
                rows, items = [], shape
                while (items := self.plain(items)).get("type") == "array" and "items" in items:
                    rows.append(0)
                    items = items["items"]
                if items.get("type") == "string":
                    yield (*place, name, *rows), min(items.get("maxLength", LONGEST), LONGEST), False
                yield from self.texts(items, (*place, name, *rows), depth + 1)
            elif shape.get("type") == "object" and depth < 4:
                yield from self.texts(shape, (*place, name), depth + 1)


def set_at(body: Any, place: Place, value: object, form: str | None) -> None:  # noqa: ANN401 - any JSON
    """Set a field of a body, making what must stand around it; with ``form`` say how the text is written."""
    for here, following in pairwise(place):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(here, int):
            if not body:
                body.append(empty)
            body = body[here]
        else:
            body = body.setdefault(here, empty)
    if isinstance(place[-1], int):
        body[:] = [value]
        return
    body[place[-1]] = value
    if form is not None:
        body["format"] = form


def complete(body: dict[str, Any]) -> None:
    """Give buttons and media what they cannot be without."""
    for button in (each for row in body.get("buttons", []) for each in row):
        button.setdefault("text", "x")
        if "callback_data" not in button:
            button.setdefault("url", "https://a.b")
    if "media" in body:
        body["media"] = {"type": "photo", "url": "https://a.b", **body["media"]}


async def in_short_steps(long: list[tuple[float, str]], work: Callable[[], Awaitable[object]]) -> None:
    """Do something that takes no long step; the first time may have to prepare what later ones do not."""
    for attempt in range(ATTEMPTS):
        long.clear()
        await work()
        if not long:
            return
        assert attempt < ATTEMPTS - 1, max(long)


async def test_every_field_of_every_route(tmp_path: Path) -> None:
    """Each field of text is sent the worst of its greatest length; one that is added is sent it too (faults 7.1)."""
    async with town(tmp_path, limits=LIMITS) as here:
        await here.daemon.keepers.reached()
        backend = await move_in(here)
        await gather(backend, 1)
        who = (await backend.get("/subscribers"))["subscribers"][0]["id"]
        known = {"subscriber_id": who, "key": "ready", "text": "x", "app_id": here.app.app_id, "cron": "0 9 * * 1"}
        headers = {
            "Authorization": f"Bearer {backend.secrets.api_key}",
            "X-Authorization": f"token {backend.secrets.message_api_token}",
        }
        async with here.browser.get(f"{here.url}/openapi.json") as answer:
            description = Description(await answer.json())
        fields = 0

        async def send(method: str, path: str, body: object) -> None:
            url = f"{here.url}{path.format_map({**dict.fromkeys(names_in(path), 'x'), **known})}"
            async with here.browser.request(method, url, json=body, headers=headers) as answer:
                assert answer.status < 500, (path, await answer.text())

        with measured_steps() as long:
            for method, path, schema in description.bodies():
                for place, length, has_format in description.texts(schema):
                    fields += 1
                    for form in ("plain", "markdown", "html") if has_format else (None,):
                        for text in worst(length):
                            body = description.least(schema, known)
                            set_at(body, place, text, form)
                            if "buttons" in body or "media" in body:
                                complete(body)
                            await in_short_steps(long, lambda m=method, p=path, b=body: send(m, p, b))  # type: ignore[misc]
        assert fields > 40


def names_in(path: str) -> list[str]:
    """Return the names of a path's parts that are filled in."""
    return [part.strip("{}") for part in path.split("/") if part.startswith("{")]


async def test_batches_templates_and_broadcasts(tmp_path: Path) -> None:
    """Many at once, from a template, and to several people: what was read once is not read again (faults 7.1)."""
    async with town(tmp_path, limits=LIMITS) as here:
        await here.daemon.keepers.reached()
        backend = await move_in(here)
        people = await gather(backend, 4)
        who = next(iter(people))
        bodies = [
            {"messages": [{"subscriber_id": who, "text": text, "format": form}] * 3}
            for form in ("markdown", "html", "plain")
            for text in worst(LONGEST)
        ]
        with measured_steps() as long:
            for body in bodies:
                if len(json.dumps(body, ensure_ascii=False).encode()) < BODY_LIMIT:
                    await in_short_steps(long, lambda b=body: backend.ask("POST", "/send/batch", b))  # type: ignore[misc]
            await in_short_steps(long, lambda: template_to_many(backend, who))
            await in_short_steps(long, lambda: broadcast(backend, len(people)))


async def template_to_many(backend: Backend, who: str) -> None:
    """Send a hundred messages from a template that takes as long to read as any that can be sent."""
    text = "**{{a}}** [{{b|x}}](https://a.b/{{a}}) " * 45 + r"[a](\)" * 500
    template = {"key": "worst", "text": text, "format": "markdown"}
    await backend.ask("DELETE", "/templates/worst")
    await backend.post("/templates", template)
    message = {"subscriber_id": who, "template": "worst", "vars": {"a": "*", "b": "<"}}
    status, told = await backend.ask(
        "POST", "/send/batch", {"messages": [message] * 20}, key=backend.secrets.test_api_key
    )
    assert (status, len(told["details"])) == (200, 20), told


async def broadcast(backend: Backend, count: int) -> None:
    """Write to all, with a text as bad as one can be that arrives."""
    text = "*{{first_name|you}}* " * 90 + r"[a](\)" * 300
    job = await backend.post("/broadcast", {"text": text, "format": "markdown"})
    assert (await over(backend, job["job_id"]))["sent"] == count
