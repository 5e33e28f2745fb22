"""The version that we tell others is the one that is packed."""

import tomllib
from pathlib import Path

import gatepost


def test_the_version_is_told_once() -> None:
    """``pyproject.toml`` and ``gatepost.__version__`` agree."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["version"] == gatepost.__version__
