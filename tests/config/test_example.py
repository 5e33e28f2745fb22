"""The example file is what an operator copies from: it must load, be complete, and tell the truth."""

import re
import tomllib
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from config.settings import tables
from daemon.messengers import BOT_TABLES, load, parse

EXAMPLE = resources.files("config") / "gatepost.example.toml"
TABLES = tables(BOT_TABLES)
BOTS = [name for name in TABLES if name.startswith("bots.")]


def test_the_example_loads() -> None:
    """The example is valid as it stands."""
    with resources.as_file(EXAMPLE) as path:
        settings = load(path, {})

    assert settings.http.public_url == "https://id.example.com"
    assert settings.bots[0].name == "tg"


def test_the_example_names_every_setting() -> None:
    """Every key of every table is in the example, and nothing else; what is optional may be in a comment."""
    tables = _tables()

    for name, model in TABLES.items():
        assert set(tables[name]) == set(model.model_fields), name


def test_the_example_tells_defaults_truthfully() -> None:
    """What the example sets to a value is what you get by leaving it out, in a comment or not."""
    with resources.as_file(EXAMPLE) as path:
        settings = load(path, {})
    tables = _tables()

    for name in set(TABLES) - {"", *BOTS}:
        for key, field in type(getattr(settings, name)).model_fields.items():
            if field.default is not PydanticUndefined:
                assert getattr(getattr(settings, name), key) == field.default, f"{name}.{key}"
    for name in BOTS:
        for key, field in TABLES[name].model_fields.items():
            if field.default not in {PydanticUndefined, None}:
                told = tables[name][key]
                assert (tuple(told) if isinstance(told, list) else told) == field.default, f"{name}.{key}"


def test_what_stands_at_its_default_in_a_comment_is_none() -> None:
    """A key without a default says so in its sentence, and only such a key does."""
    text = EXAMPLE.read_text(encoding="utf-8")
    bots = text[text.index("# A bot;") : text.index("[limits]")]

    for name, part in zip(BOTS, bots.split("[[bots]]")[1:], strict=True):
        told = set(re.findall(r"Default: none.*\n(?:# )?(\w+) = ", part))
        assert told == {key for key, field in TABLES[name].model_fields.items() if field.default is None}, name


@pytest.mark.parametrize("name", BOTS)
def test_each_bot_of_the_example_is_a_good_start(name: str) -> None:
    """Taken out of its comment, without files that are not there and with MAX's terms settled, it is valid."""
    optional = {key for key, field in TABLES[name].model_fields.items() if field.default is None}
    bot = {key: value for key, value in _tables()[name].items() if key not in optional}
    if "terms_acknowledged" in bot:
        bot["terms_acknowledged"] = True

    (read,) = parse({"http": {"public_url": "https://id.example.com"}, "bots": [bot]}).bots

    assert f"bots.{read.messenger}" == name


def test_every_setting_has_a_sentence() -> None:
    """Each key, in a comment or not, has a comment of words right before it."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()

    for before, line in pairwise(lines):
        if re.match(r"(# )?\w+ = ", line):
            assert re.match(r"# \S+ ?", before), line
            assert not re.match(r"(# )?\w+ = ", before), line


def test_the_example_is_part_of_the_package() -> None:
    """It lies beside the code that reads it, so that an installed Gatepost has it too."""
    with resources.as_file(EXAMPLE) as path:
        assert path.parent == Path(str(resources.files("config")))


def _tables() -> dict[str, dict[str, Any]]:
    """Return every table of the example by its name, with what is in comments."""
    text = re.sub(r"(?m)^# (\w+ = .*|\[\[bots\]\])$", r"\1", EXAMPLE.read_text(encoding="utf-8"))
    raw = tomllib.loads(text)
    return {"": raw} | raw | {f"bots.{bot['messenger']}": bot for bot in raw["bots"]}
