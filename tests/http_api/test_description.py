"""What the description asks of the classes it is made of: a name for each, and another for each shape."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from pydantic import BaseModel

from http_api.openapi.document import document
from http_api.openapi.operation import Dialect, Json
from http_api.route import RequestBody, ResponseBody, Route, ok
from http_api.unknown import FROM_SERVERS

URL: Final = "https://id.example.com"
Handler = Callable[[], Awaitable[object]]


class Refused(ResponseBody):
    """A refusal."""

    code: str


class Tea(RequestBody):
    """What is ordered."""

    name: str
    cups: int = 2
    note: str | None = None


class Brewed(ResponseBody):
    """What is brought."""

    cups: int


async def _handler() -> object:
    """Do nothing."""


def described(body: type[RequestBody], answer: type[BaseModel]) -> Json:
    """Return the document of one route that takes and answers these."""
    route: Route[object] = Route(
        method="POST",
        path="/tea",
        handler=_handler,
        summary="Tea",
        group="Tea",
        body=body,
        answers=ok(answer),
        unknown=FROM_SERVERS,
    )
    dialect = Dialect(
        prefix="/v9", routes=[route], refusals=lambda _: (), error=Refused, worded=lambda told: Refused(code=told.code)
    )
    return document([dialect], URL)


def test_components_have_the_names_of_classes() -> None:
    """Nothing else is in them, wherever a class lives."""
    assert list(described(Tea, Brewed)["components"]["schemas"]) == ["Brewed", "Tea"]


def test_two_classes_of_one_name_are_refused() -> None:
    """Faults 5.1: generators would make one class of both, or drop one."""

    def other() -> type[ResponseBody]:
        class Tea(ResponseBody):
            """The same name, another shape."""

            leaf: str

        return Tea

    with pytest.raises(ValueError, match="a name of its own"):
        described(Tea, other())


def test_one_class_is_not_sent_and_answered_in_two_shapes() -> None:
    """Faults 5.2: what may be left out when it is sent has a class of its own when it is answered."""
    with pytest.raises(ValueError, match="give each of the two shapes a class"):
        described(Tea, Tea)


def test_a_body_tells_in_words_what_is_taken_for_a_field_that_is_left_out() -> None:
    """Faults 5.2: ``default`` would make it one that generated clients insist on."""
    tea = described(Tea, Brewed)["components"]["schemas"]["Tea"]
    assert tea["required"] == ["name"]
    assert tea["properties"]["cups"] == {"type": "integer", "description": "`2` if it is left out."}
    assert "description" not in tea["properties"]["note"]
