"""docs/emulator.md, which strangers rely on."""

from pathlib import Path
from typing import get_args

from emulator import Emulator
from emulator.control import create_control
from emulator.faults import FaultKind
from emulator.max import bot_api as max_api
from emulator.telegram.methods import METHODS

DOCS = Path(__file__).parents[2] / "docs" / "emulator.md"


def test_everything_is_documented() -> None:
    """Each control route, fault kind and Bot API method is named in the documentation."""
    docs = DOCS.read_text()
    paths = {resource.canonical for resource in create_control(Emulator()).router.resources()}
    missing = {path for path in paths if path.replace("{id}", "<id>").rpartition("/")[2] not in docs}
    assert missing == set()
    assert [kind for kind in get_args(FaultKind) if f"`{kind}`" not in docs] == []
    assert [method for method in METHODS if f"`{method}`" not in docs.lower()] == []
    assert [method for method in max_api.METHODS if f"`{method}`" not in docs] == []
