"""What is said of requests that cannot be read, in both languages."""

import importlib
import pkgutil
from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel, ValidationError

import core
import http_api
from core.complaints import Wrong
from core.errors import GatepostError, Invalid, Kind
from http_api.complaints import WORDS, complaints_of, detail_of
from http_api.project.codes import code_of
from http_api.project.drip_shapes import ChainWish
from http_api.project.send_shapes import SendWish
from http_api.route import RequestBody

_BOUNDS = {"ge": "greater_than_equal", "le": "less_than_equal", "gt": "greater_than", "lt": "less_than"}
_TYPES = {
    "str": {"string_type", "string_unicode"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float", "finite_number"},
    "float": {"float_type", "float_parsing", "finite_number"},
    "bool": {"bool_type", "bool_parsing"},
    "enum": {"enum"},
    "literal": {"literal_error"},
    "list": {"list_type"},
    "dict": {"dict_type", "invalid_key"},
    "model": {"model_type"},
    "model-fields": {"missing"},
    "model-field": set(),
    "default": set(),
    "nullable": set(),
    "any": set(),
    "union": set(),
    "definitions": set(),
    "definition-ref": set(),
}
"""Which complaints of pydantic's each kind of schema can bring."""
_LIMITS = {
    "str": {"max_length": "string_too_long", "min_length": "string_too_short", "pattern": "string_pattern_mismatch"},
    "list": {"max_length": "too_long", "min_length": "too_short"},
    "dict": {"max_length": "too_long", "min_length": "too_short"},
    "int": _BOUNDS,
    "float": _BOUNDS,
}


def _everything() -> None:
    for package in (core, http_api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def _kin(of: type) -> Iterator[Any]:
    kin: list[type] = of.__subclasses__()
    for each in kin:
        yield each
        yield from _kin(each)


def _complaints(schema: object) -> Iterator[str]:
    """List what pydantic can complain of in a schema; ``KeyError`` for a kind that this test does not know."""
    if isinstance(schema, list | tuple):
        for each in schema:
            yield from _complaints(each)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if kind == "json-or-python":  # requests come as JSON; the other way is for calls from Python
        yield from _complaints(schema["json_schema"])
        return
    if isinstance(kind, str):
        yield from _TYPES[kind]
        yield from (name for limit, name in _LIMITS.get(kind, {}).items() if limit in schema)
    for name, each in schema.items():
        if name == "config" and isinstance(each, dict) and each.get("extra_fields_behavior") == "forbid":
            yield "extra_forbidden"
        if name not in ("metadata", "serialization", "config", "default"):
            yield from _complaints(list(each.values()) if name == "fields" and isinstance(each, dict) else each)


def _shapes() -> list[type[BaseModel]]:
    _everything()
    return list(_kin(RequestBody))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_all_that_shapes_complain_of_has_words(language: str) -> None:
    """Every complaint that pydantic can have of any shape of both dialects (faults 5.4)."""
    shapes = _shapes()
    assert len(shapes) > 40
    possible = {"json_invalid", "extra_forbidden"}.union(
        *({*_complaints(shape.__pydantic_core_schema__)} for shape in shapes)
    )
    assert possible - WORDS.entries(language).keys() == set()


def test_all_conflicts_have_words() -> None:
    """Every conflict of the core's in Russian, and in English as the core says it (faults 5.4)."""
    _everything()
    conflicts = {each for each in _kin(GatepostError) if code_of(each) == "conflict"}
    assert {each.kind for each in conflicts} == {Kind.CONFLICT}
    assert len(conflicts) > 20
    for each in conflicts:
        assert WORDS.entries("en")[each.code] == each.text
        assert detail_of(each(), "en") == each.text
        assert detail_of(each(), "ru") == WORDS.entries("ru")[each.code]


def test_the_languages_say_the_same() -> None:
    """Both languages have all the sentences (faults 5.4)."""
    assert WORDS.languages == {"ru", "en"}
    assert WORDS.entries("ru").keys() == WORDS.entries("en").keys()
    assert all(WORDS.entries("ru").values())


@pytest.mark.parametrize(
    ("body", "english", "russian"),
    [
        (
            '{"trigger":"no"}',
            "trigger: Input should be 'subscription', 'segment', 'permission' or 'event'; steps: Field required",
            "trigger: годится одно из: 'subscription', 'segment', 'permission', 'event'; steps: это поле обязательно",
        ),
        (
            "{}",
            "trigger: Field required; steps: Field required",
            "trigger: это поле обязательно; steps: это поле обязательно",
        ),
        ('{"trigger":', "body: Invalid JSON: line 1, column 11", "body: это не JSON: строка 1, столбец 11"),
        (
            '{"trigger":"event","steps":[]}',
            "steps: There should be at least 1, not 0",
            "steps: их 0, а нужно не меньше 1",
        ),
        (
            '{"trigger":"event","steps":[{"delay_minutes":-1}]}',
            "steps.0.delay_minutes: Input should be greater than or equal to 0",
            "steps.0.delay_minutes: нужно число не меньше 0",
        ),
        ("[]", "body: Input should be an object", "body: нужен объект"),
    ],
)
def test_what_is_wrong_is_said_in_both_languages(body: str, english: str, russian: str) -> None:
    """Field by field, with the figures (faults 5.4)."""
    with pytest.raises(ValidationError) as refused:
        ChainWish.model_validate_json(body)
    assert complaints_of(refused.value) == english
    assert complaints_of(refused.value, "ru") == russian


def test_what_was_sent_is_not_repeated() -> None:
    """Neither a text nor a number that somebody sent."""
    with pytest.raises(ValidationError) as refused:
        SendWish.model_validate_json('{"subscriber_id": {"secret": 1}, "text": ["secret"], "buttons": "secret"}')
    for language in ("ru", "en"):
        assert "secret" not in complaints_of(refused.value, language)


def test_a_body_that_broke_off_is_said_in_both_languages() -> None:
    """The server's own complaint (faults 5.4)."""
    assert complaints_of(web.RequestPayloadError(), "en") == "body: cannot be read"
    assert complaints_of(web.RequestPayloadError(), "ru") == "body: не удалось прочитать"


def test_sentences_take_only_what_pydantic_gives() -> None:
    """No sentence names a figure that its complaint does not have."""
    given = {"min_length", "max_length", "actual_length", "pattern", "expected", "choices", "line", "column", *_BOUNDS}
    for language in ("ru", "en"):
        for sentence in WORDS.entries(language).values():
            assert {name for _, name, _, _ in Formatter().parse(sentence) if name} <= given


def test_a_complaint_of_the_core_is_said_in_both_languages() -> None:
    """Through the same door (faults 5.4)."""
    trouble = Invalid("steps", Wrong.NOT_BETWEEN, least=1, most=20)
    assert detail_of(trouble, "en") == "steps: must be 1 to 20"
    assert detail_of(trouble, "ru") == "steps: можно от 1 до 20"
