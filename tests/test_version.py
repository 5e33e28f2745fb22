"""The version that we tell others is the one that is packed."""

import tomllib
from pathlib import Path

import core


def test_the_version_is_told_once() -> None:
    """``pyproject.toml`` and ``core.__version__`` agree."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["version"] == core.__version__
