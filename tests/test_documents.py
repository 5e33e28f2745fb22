"""What the documents say of the code is true: every file and folder that they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "docs/a-new-messenger.md", "docs/emulator.md")
TOPS = "bots|config|core|daemon|emulator|http_api|shop|storage|webhooks|tests|bench|examples|docs|systemd|scripts"
NAMED = re.compile(rf"(?<![\w/.])((?:{TOPS})/[\w./-]*\w)(?![\w*])|(?<![\w/.])((?:{TOPS})/)(?=[`\s])")
TEST = re.compile(r"`([\w/]+/test_\w+\.py)`")
READING_LIST = re.compile(r"\*\*Seven files.*?(?=\n\n)", re.DOTALL)


def paths_in(text: str) -> list[str]:
    """List the paths that a text names, each once."""
    return list(dict.fromkeys(match[1] or match[2] for match in NAMED.finditer(text)))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_is_there(document: str) -> None:
    """A file that has moved is found in the text that names it."""
    assert [path for path in paths_in((ROOT / document).read_text()) if not (ROOT / path).exists()] == []


def test_every_test_that_holds_a_threat_off_is_there() -> None:
    """``docs/security.md`` names tests as they lie below ``tests/``."""
    tests = TEST.findall((ROOT / "docs/security.md").read_text())
    assert len(tests) > 20
    assert [path for path in tests if not (ROOT / "tests" / path).exists()] == []


def test_the_reading_list_is_short() -> None:
    """Seven files, and about a thousand lines."""
    found = READING_LIST.search((ROOT / "ARCHITECTURE.md").read_text())
    assert found is not None
    files = paths_in(found[0])
    assert len(files) == 7
    assert sum(len((ROOT / file).read_text().splitlines()) for file in files) < 1200
