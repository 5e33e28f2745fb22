"""axe-core, fetched by npm as the lock file beside this names it; nothing of it is kept in the repository."""

from pathlib import Path

import pytest

from tests.browser.widget.conftest import clock, here, site
from tests.npm import NotFetchedError, do_without, node_modules

__all__ = ["clock", "here", "site"]


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core's source; where it cannot be had, only CI insists on it."""
    try:
        packages = node_modules(Path(__file__).parent)
    except NotFetchedError as trouble:
        do_without(str(trouble))
    return (packages / "axe-core" / "axe.min.js").read_text()
