"""The published description: it is OpenAPI 3.1, it is complete, and its pages tell every operation and every code."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiohttp import ClientResponse
from openapi_spec_validator import OpenAPIV31SpecValidator

from core.model.ids import DeliveryId
from core.model.webhooks.signature import headers
from core.model.webhooks.webhook import WebhookEvent
from core.webhooks.dispatcher import TEST_HEADER
from daemon.http import application
from http_api.health import StoreHealth
from http_api.project.codes import STATUSES
from tests.stories.town import Json, Town, town_settings

PAGES = ("/docs", "/docs/errors")
NAMES = Path(__file__).with_name("published_names.txt").read_text(encoding="utf-8")


async def fetch(here: Town, path: str, **headers: str) -> tuple[ClientResponse, str]:
    """Ask for a page; return the answer and its text."""
    async with here.browser.get(f"{here.url}{path}", headers=headers) as answer:
        return answer, await answer.text()


async def described(here: Town) -> Json:
    """Return the document."""
    _, text = await fetch(here, "/openapi.json")
    document: Json = json.loads(text)
    return document


async def test_it_is_openapi(here: Town) -> None:
    """As the specification's own schema says, and a reader finds it at the address where the operations are."""
    document = await described(here)
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    assert document["openapi"].startswith("3.1.")
    assert document["servers"] == [{"url": "https://id.example.com"}]


def served(here: Town) -> set[tuple[str, str]]:
    """Return path and method of all that the daemon's router serves."""
    daemon = here.daemon
    app = application(
        town_settings(here.folder, "http://127.0.0.1"),
        daemon.services,
        daemon.keepers,
        StoreHealth(daemon.services.store),
    )
    return {
        (re.sub(r"\{(\w+):[^/]*\}", r"{\1}", route.resource.canonical), route.method.lower())
        for route in app.router.routes()
        if route.resource is not None
    }


async def operations(here: Town) -> dict[tuple[str, str], Json]:
    """Return the described operations by path and method."""
    paths = (await described(here))["paths"]
    return {(path, method): operation for path, methods in paths.items() for method, operation in methods.items()}


async def test_every_route_of_both_dialects_is_in_it(here: Town) -> None:
    """And nothing else of these paths is."""
    routes = {pair for pair in served(here) if pair[1] != "options"}
    told = set(await operations(here))
    assert told <= routes
    assert {pair for pair in routes if pair[0].startswith(("/v1/", "/api/v1/"))} <= told


async def test_pages_may_ask_before_they_call(here: Town) -> None:
    """Preflights are answered where the site dialect asks for no key, and nowhere else."""
    without_key = {
        path
        for (path, _), operation in (await operations(here)).items()
        if path.startswith("/api/v1/") and operation["security"] == []
    }
    assert without_key
    assert {path for path, method in served(here) if method == "options"} == without_key


async def test_it_tells_who_may_call(here: Town) -> None:
    """Every operation that names a key refuses a call without one; every other operation does not ask."""
    for (path, method), operation in (await operations(here)).items():
        url = here.url + re.sub(r"\{\w+\}", "0" * 24, path)
        async with here.browser.request(method, url) as answer:
            assert (answer.status == 401) is bool(operation["security"]), (method, path, answer.status)


async def test_published_names_stay(here: Town) -> None:
    """Tools that made code of the description know its groups and components by name: a class may not rename them."""
    document = await described(here)
    groups, components = (part.split("\n") for part in NAMES.strip().split("\n\n"))
    assert [tag["name"] for tag in document["tags"]] == groups
    assert list(document["components"]["schemas"]) == components


async def test_no_two_names_are_one_in_any_language(here: Town) -> None:
    """Faults 5.1: generators write a name as a class or as a file; none of them finds it taken."""
    names = list((await described(here))["components"]["schemas"])
    assert [name for name in names if not re.fullmatch("[A-Z][A-Za-z0-9]*", name)] == []
    assert len({name.lower() for name in names}) == len(names)


async def test_each_dialect_refuses_in_one_shape(here: Town) -> None:
    """Faults 5.1: the shape is pointed to; which codes a status has, its examples tell by name."""
    count = 0
    for (path, _), operation in (await operations(here)).items():
        refused = [each["content"]["application/json"] for each in operation["responses"].values()]
        for content in (each for each in refused if "examples" in each):
            name, code = ("ProjectError", "code") if path.startswith("/v1/") else ("SiteError", "error")
            assert content["schema"] == {"$ref": f"#/components/schemas/{name}"}
            assert [example["value"][code] for example in content["examples"].values()] == list(content["examples"])
            count += 1
    assert count > 100


async def test_what_is_sent_is_told_apart_from_what_is_answered(here: Town) -> None:
    """Faults 5.2: no component has a ``default``, which generators take for *always there*; its words tell it."""
    components = (await described(here))["components"]["schemas"]
    fields = {(name, each): field for name, model in components.items() for each, field in fields_of(model)}
    assert [place for place, field in fields.items() if "default" in field] == []
    assert "ttl_minutes" not in components["SendCode"].get("required", ())
    assert fields["SendCode", "ttl_minutes"]["description"] == "`5` if it is left out."


def fields_of(model: Json) -> list[tuple[str, Json]]:
    """Return the fields of a component, those of objects within them too."""
    found: list[tuple[str, Json]] = []
    for name, field in model.get("properties", {}).items():
        found += [(name, field), *((f"{name}.{inner}", each) for inner, each in fields_of(field))]
    return found


async def test_every_event_is_in_it(here: Town) -> None:
    """Faults 5.3: as a webhook with its body, whose data are named, and with all headers, and no others."""
    document = await described(here)
    assert set(document["webhooks"]) == {event.value for event in WebhookEvent}
    sent = headers(DeliveryId("1"), "auth.completed", b"{}", ["whsec_"], datetime.fromtimestamp(0, UTC))
    for name, call in document["webhooks"].items():
        body = resolved(document, call["post"]["requestBody"]["content"]["application/json"]["schema"])
        assert body["properties"]["event"]["const"] == name
        assert body["required"] == ["event", "data"]
        assert resolved(document, body["properties"]["data"])["properties"]
        told = [resolved(document, parameter) for parameter in call["post"]["parameters"]]
        assert {each["name"] for each in told if each["required"]} == set(sent) - {"Content-Type"}
        assert [each["name"] for each in told if not each["required"]] == [TEST_HEADER]


def resolved(document: Json, pointer: Json) -> Json:
    """Return the component that is pointed to."""
    _, _, kind, name = pointer["$ref"].split("/")
    component: Json = document["components"][kind][name]
    return component


async def test_its_examples_fit_its_schemas(here: Town) -> None:
    """Every refusal that is shown is one that could be given."""
    document = await described(here)
    count = 0
    for content in contents(document["paths"]):
        schema = {**content["schema"], "components": document["components"]}
        for example in content.get("examples", {}).values():
            jsonschema.Draft202012Validator(schema).validate(example["value"])
            count += 1
    assert count > len(document["paths"])


def contents(within: object) -> list[Json]:
    """Return everything that describes a body of JSON."""
    found: list[Json] = []
    if isinstance(within, dict):
        for key, value in within.items():
            found += [value] if key == "application/json" else contents(value)
    return found


async def test_it_is_kept_and_shared(here: Town) -> None:
    """Every page may read it, whoever has it is told so, and it does not change from one request to the next."""
    answer, text = await fetch(here, "/openapi.json")
    had = answer.headers
    assert had["Content-Type"].startswith("application/json")
    assert had["Access-Control-Allow-Origin"] == "*"
    assert had["Cache-Control"] == "public, max-age=300"
    again, nothing = await fetch(here, "/openapi.json", **{"If-None-Match": had["ETag"]})
    assert (again.status, nothing) == (304, "")
    assert (await fetch(here, "/openapi.json"))[1] == text


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_page_tells_every_operation(here: Town, language: str) -> None:
    """With a call by curl, and links to the codes."""
    _, page = await fetch(here, "/docs", **{"Accept-Language": language})
    assert f'<html lang="{language}">' in page
    for path, methods in (await described(here))["paths"].items():
        for method, operation in methods.items():
            assert f'<section id="{operation["operationId"]}"' in page
            assert f'<span class="method {method}">{method.upper()}</span> <code>{path}</code>' in page
    assert "curl -X POST https://id.example.com/v1/auth/verify" in page
    assert 'href="/docs/errors#invalid_url"' in page


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_code_has_its_place(here: Town, language: str) -> None:
    """It is where the ``docs_url`` of a refusal leads."""
    _, page = await fetch(here, "/docs/errors", **{"Accept-Language": language})
    for code, status in STATUSES.items():
        assert f'<section id="{code}"' in page
        assert f'<span class="status">{status}</span> <code>{code}</code>' in page


@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_are_strict(here: Town, path: str) -> None:
    """No script, nothing from elsewhere, in nobody's frame; a browser may keep them for five minutes."""
    answer, page = await fetch(here, path)
    policy = answer.headers["Content-Security-Policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    assert "script-src" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"]
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "<script" not in page
    assert not re.search(r"(?:src|<link[^>]*href)=\"(?:https?:)?//", page)
    sheet, _ = await fetch(here, "/docs/static/docs.css")
    assert sheet.content_type == "text/css"


async def test_what_a_refusal_points_to(here: Town) -> None:
    """A real one's ``docs_url`` is an address with an anchor that is there."""
    _, text = await fetch(here, "/v1/auth/link")
    url: Any = json.loads(text)["docs_url"]
    path, _, anchor = url.removeprefix("https://id.example.com").partition("#")
    _, page = await fetch(here, path)
    assert f'id="{anchor}"' in page
