"""Every call we make to Telegram is one that the Bot API's published description allows.

The description is somebody else's file and no part of this project: it is used where it is at hand, as
``$GATEPOST_SPECS/telegram/api.json``, by default in ``shared/specs`` beside the checkout.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from core.model.apps.app import MatchPolicy
from tests.stories.town import BOT, Town

SPECS = Path(os.environ.get("GATEPOST_SPECS", Path(__file__).parents[3] / "shared" / "specs"))


def described() -> dict[str, Any]:
    """Return the Bot API's description; skip the test where it is not at hand."""
    file = SPECS / "telegram" / "api.json"
    if not file.exists():
        pytest.skip("the Bot API's description is not at hand; set GATEPOST_SPECS")
    loaded: dict[str, Any] = json.loads(file.read_text())
    return loaded


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """Return the Bot API's description."""
    return described()


def complaints(api: dict[str, Any], where: str, fields: list[dict[str, Any]], value: dict[str, Any]) -> list[str]:
    """Return what is wrong with an object that should have these fields."""
    known = {field["name"]: field for field in fields}
    wrong = [f"{where}: unknown field {name}" for name in value if name not in known]
    for name, field in known.items():
        if name not in value:
            if field["required"]:
                wrong.append(f"{where}: {name} is missing")
        elif not any(fits(api, kind, value[name]) for kind in field["types"]):
            wrong.append(f"{where}.{name}: {value[name]!r} is none of {field['types']}")
    return wrong


def fits(api: dict[str, Any], kind: str, value: object) -> bool:
    """Tell whether a value is of a type of the description."""
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(fits(api, kind.removeprefix("Array of "), each) for each in value)
    if kind in {"String", "Integer", "Float", "Boolean", "True"}:
        return is_plain(kind, value)
    described = api["types"][kind]
    if "subtypes" in described:
        return any(fits(api, subtype, value) for subtype in described["subtypes"])
    return isinstance(value, dict) and not complaints(api, kind, described.get("fields", []), value)


def is_plain(kind: str, value: object) -> bool:
    """Tell whether a value is a plain one of the kind; in a form, numbers and booleans come as their JSON text."""
    if kind == "String":
        return isinstance(value, str)
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return False
    return isinstance(value, bool) if kind in {"Boolean", "True"} else type(value) in {int, float}


async def test_every_call_is_valid_by_the_description(here: Town, description: dict[str, Any]) -> None:
    """All that happens in a bot's life uses known methods with known parameters of the right types."""
    anna = here.visitor()
    await here.log_in(anna)
    await here.ask_for_numbers(MatchPolicy.OFF)
    await here.log_in(anna, match=False)
    for text in ("/lang", "/stop", "hello"):
        before = here.newest(anna).id
        here.telegram.send_text(anna, BOT, text)
        await here.telegram.wait_for_message(anna, BOT, after=before)
    calls = here.telegram.calls()
    assert {call.method for call in calls} >= {
        "getMe", "deleteWebhook", "getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery",
    }  # fmt: skip
    for call in calls:
        method = description["methods"][call.method]
        assert not complaints(description, call.method, method.get("fields", []), call.to_json()["parameters"])
        assert call.status == 200, call
