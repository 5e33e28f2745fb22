"""An app's columns on the command line come of one table."""

from dataclasses import dataclass, fields

import pytest
import typer

from core.model.apps.app import App
from daemon.commands import app_columns
from daemon.commands.app_columns import COLUMNS, Column, Option, rows_of, shape_of, with_columns
from tests.daemon.conftest import Run


def test_every_column_of_apps_is_in_the_table() -> None:
    """A field of ``App`` that is forgotten here could be neither set nor seen."""
    assert sorted(column.field for column in COLUMNS) == sorted(field.name for field in fields(App))


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.option], ids=lambda column: column.field)
def test_create_and_set_say_what_the_table_says(run: Run, column: Column) -> None:
    """Each has the option with the table's words, but for what can be changed only later."""
    option = column.option
    assert option is not None
    created, changed = (" ".join(run("app", command, "--help").out.split()) for command in ("create", "set"))
    flag = option.flag.replace("/", " / ")

    assert (flag in created) is option.at_creation
    assert flag in changed
    assert (option.help in created) is option.at_creation
    assert (option.help_on_set or option.help) in changed


@dataclass
class _Shop:
    """An app with one column more, and no others."""

    tagline: str


@pytest.fixture
def fictional(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a fictional column the whole table."""
    entry = Column(
        field="tagline", label="motto", option=Option("--tagline", str, "What it says.", "TEXT"), read=str.strip
    )
    monkeypatch.setattr(app_columns, "COLUMNS", (entry,))


@pytest.mark.usefixtures("fictional")
def test_one_entry_is_all_that_a_column_takes(capsys: pytest.CaptureFixture[str]) -> None:
    """It is an option of both commands, read as the entry says, a row for people and a key for scripts."""
    commands, got = typer.Typer(rich_markup_mode=None), list[object]()

    @commands.command()
    @with_columns(is_new=True)
    def create(*, wishes: dict[str, object]) -> None:
        got.append(wishes)

    @commands.command("set")
    @with_columns(is_new=False)
    def change(reference: str, *, wishes: dict[str, object]) -> None:
        got.append((reference, wishes))

    commands(["create", "--tagline", " Tea! "], standalone_mode=False)
    commands(["set", "shop", "--tagline", "More tea!"], standalone_mode=False)
    commands(["set", "shop"], standalone_mode=False)
    commands(["create", "--help"], standalone_mode=False)

    assert got == [{"tagline": "Tea!"}, ("shop", {"tagline": "More tea!"}), ("shop", {})]
    assert "--tagline TEXT" in capsys.readouterr().out
    assert rows_of(_Shop("Tea!")) == {"motto": "Tea!"}  # type: ignore[arg-type] # it has no other columns
    assert shape_of(_Shop("Tea!")) == {"tagline": "Tea!"}  # type: ignore[arg-type] # the same
