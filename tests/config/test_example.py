"""The example file is what an operator copies from: it must load, be complete, and tell the truth."""

import re
import tomllib
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from gatepost.config.settings import TABLES, load

EXAMPLE = resources.files("gatepost.config") / "gatepost.example.toml"


def test_the_example_loads() -> None:
    """The example is valid as it stands."""
    with resources.as_file(EXAMPLE) as path:
        settings = load(path, {})

    assert settings.http.public_url == "https://id.example.com"
    assert settings.bots[0].name == "tg"


def test_the_example_names_every_setting() -> None:
    """Every key of every table is in the example, and nothing else; keys without a default may be in a comment."""
    text = re.sub(r"(?m)^# (\w+ = .*)$", r"\1", EXAMPLE.read_text(encoding="utf-8"))
    tables = _tables(tomllib.loads(text))

    for name, model in TABLES.items():
        assert set(tables[name]) == set(model.model_fields), name


def test_the_example_tells_defaults_truthfully() -> None:
    """What the example sets to a value is what you get by leaving it out, unless it is required."""
    with resources.as_file(EXAMPLE) as path:
        settings = load(path, {})
    parts: dict[str, Any] = {"bots": settings.bots[0]} | {
        name: getattr(settings, name) for name in TABLES if name not in {"", "bots"}
    }

    for name, part in parts.items():
        for key, field in type(part).model_fields.items():
            if field.default is not PydanticUndefined:
                assert getattr(part, key) == field.default, f"{name}.{key}"


def test_every_setting_has_a_sentence() -> None:
    """Each key, in a comment or not, has a comment of words right before it."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()

    for before, line in pairwise(lines):
        if re.match(r"(# )?\w+ = ", line):
            assert re.match(r"# \S+ ?", before), line
            assert not re.match(r"(# )?\w+ = ", before), line


def _tables(raw: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"": raw, "bots": raw["bots"][0]} | {name: table for name, table in raw.items() if name != "bots"}


def test_the_example_is_part_of_the_package() -> None:
    """It lies beside the code that reads it, so that an installed Gatepost has it too."""
    with resources.as_file(EXAMPLE) as path:
        assert path.parent == Path(str(resources.files("gatepost.config")))
