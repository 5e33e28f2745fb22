"""The packages at the top of the repository have general names: nobody else may bring one of them."""

import importlib.metadata
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_nobody_else_installs_a_package_of_our_names() -> None:
    """No distribution in this environment, which has all that our locks name, brings a package named as one of ours."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    brought = importlib.metadata.packages_distributions()
    assert {name: brought[name] for name in wheel["packages"] if set(brought.get(name, [])) - {"gatepost"}} == {}


def test_every_package_at_the_top_is_packed() -> None:
    """What has an ``__init__.py`` at the top is in the wheel, but for tests and bench."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert set(wheel["packages"]) == there
