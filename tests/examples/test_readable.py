"""The examples can be read in a minute."""

import pytest

from tests.examples.processes import FILES, FOLDER


@pytest.mark.parametrize("file", FILES)
def test_an_example_is_short_and_says_how_to_run_it(file: str) -> None:
    """Under sixty lines, none wider than 120, and a command line at the head."""
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 120
    command = "python" if file.endswith(".py") else "node"
    assert any(f"PORT=8083 {command} examples/{file}" in line for line in lines[:5])


def test_every_example_is_in_the_table() -> None:
    """What is in the folder is what the page about it names, and nothing else."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in FOLDER.glob("*.*")} == {*FILES, "README.md"}
    assert all(f"]({file})" in page for file in FILES)
