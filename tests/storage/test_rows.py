"""Rows and nouns agree by name, or the repository that maps them cannot be imported."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Executable, Integer, MetaData, Table, Text

from core.model.apps.app import App, MatchPolicy
from core.model.calendar.quiet_hours import QuietHours
from core.model.ids import AppId, BotName, PersonId
from core.model.messages.receipt import Stage
from core.model.people.person import MessengerName
from storage.errors import ImpossibleRowError
from storage.repositories import apps as app_repository
from storage.repositories.apps import APP
from storage.repositories.login_rows import COLUMNS
from storage.rows import UNKEPT, Composite, Converter, RowMapper
from storage.statements import _compiled
from storage.tables.apps import apps
from storage.tables.login import logins
from storage.unit import SqlUnit
from tests.storage.builders import APP_ID, NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Pigeon:
    """A noun with a field of each type that a column can keep."""

    name: str
    owner: PersonId | None
    home: MessengerName
    stage: Stage
    is_fast: bool
    hatched_at: datetime
    seen_at: datetime | None = None
    towns: tuple[str, ...] = ("Rome",)
    rings: tuple[int, ...] = ()


def a_table(*more: Column[object], without: str | None = None) -> Table:
    """Make the table of pigeons with some columns more, or without one."""
    columns: tuple[Column[object], ...] = (
        Column("name", Text, primary_key=True),
        Column("person_id", Text, key="owner"),
        Column("home", Text, nullable=False),
        Column("stage", Integer, nullable=False),
        Column("is_fast", Boolean, nullable=False),
        Column("hatched_at", BigInteger, nullable=False),
        Column("seen_at", BigInteger),
        Column("towns", Text),
        Column("rings", Text, nullable=False),
    )
    return Table("pigeons", MetaData(), *(column for column in columns if column.key != without), *more)


PIGEON = Pigeon(
    name="Ada",
    owner=PersonId("p"),
    home=MessengerName.MAX,
    stage=Stage.READ,
    is_fast=True,
    hatched_at=NOW,
    towns=("Bern", "Köln"),
    rings=(3, 4),
)
ROW = ("Ada", "p", "max", 3, 1, 1_748_779_200_123, None, '["Bern","Köln"]', "[3,4]")


def test_a_row_is_a_noun_and_back() -> None:
    """Each type has one way to be kept, and the columns are found by their keys."""
    mapper = RowMapper(a_table(), Pigeon)
    assert [column.key for column in mapper.columns] == [field.name for field in fields(Pigeon)]
    assert mapper.read(ROW) == PIGEON
    assert tuple(mapper.values(PIGEON).values()) == ROW
    assert mapper.read_or_none(None) is None


def test_a_wider_row_reads_too() -> None:
    """What is selected behind the columns is left to whoever selected it."""
    assert RowMapper(a_table(), Pigeon).read((*ROW, "more")) == PIGEON


def test_a_null_is_the_default_of_a_field_that_takes_no_none() -> None:
    """So reads a row that is older than its column."""
    assert RowMapper(a_table(), Pigeon).read((*ROW[:7], None, "[]")) == replace(PIGEON, towns=("Rome",), rings=())


def test_a_change_writes_what_it_touches() -> None:
    """Fields can be left out of what is written."""
    changes = RowMapper(a_table(), Pigeon).values_but_for("name", "owner", "home", "stage", "rings", "towns")
    assert changes(PIGEON) == {"is_fast": True, "hatched_at": ROW[5], "seen_at": None}


@dataclass(frozen=True, slots=True)
class Loft:
    """A noun that does not agree with its table in four ways."""

    size: tuple[int, int]
    motto: timedelta
    mood: str | None = None
    tenant: Pigeon | None = None


LOFTS = Table(
    "lofts",
    MetaData(),
    Column("street", Text, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("motto", Integer),
    Column("mood", Text),
)
SIZE = Composite(("width", "depth"), lambda width, depth: (width, depth), lambda size: size)
LOFT = RowMapper(
    LOFTS,
    Loft,
    {
        "size": SIZE,
        "motto": Converter(lambda days: timedelta(days=days), lambda motto: motto.days, null=timedelta()),
        "tenant": UNKEPT,
    },
    apart=("street",),
)


def test_an_exception_is_named_once() -> None:
    """A field of several columns, one kept in its own way, one not kept, and a column that is not the noun's."""
    loft = Loft((3, 4), timedelta(days=2), "calm")
    assert [column.key for column in LOFT.columns] == ["motto", "mood", "width", "depth", "street"]
    assert LOFT.read((2, "calm", 3, 4, "High Street")) == loft
    assert LOFT.read((None, "calm", 3, 4, "High Street")).motto == timedelta()
    assert LOFT.values(replace(loft, tenant=PIGEON)) == {"motto": 2, "mood": "calm", "width": 3, "depth": 4}


@dataclass(frozen=True, slots=True)
class Watchful:
    """A noun that looks at its values when it is made."""

    name: str

    def __post_init__(self) -> None:
        """Look."""


@dataclass(frozen=True)
class Loose:
    """A noun without slots."""

    name: str
    size: int


_NAMES = Table("names", MetaData(), Column("name", Text, primary_key=True), Column("size", Integer, nullable=False))


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        (lambda: RowMapper(a_table(Column("colour", Text)), Pigeon), "colour has no field"),
        (lambda: RowMapper(a_table(without="rings"), Pigeon), "rings has no column"),
        (lambda: RowMapper(a_table(), Pigeon, apart=("colour",)), "colour is no column to leave apart"),
        (lambda: RowMapper(a_table(), Pigeon, apart=("rings",)), "rings is a field, and left apart"),
        (lambda: RowMapper(a_table(), Pigeon, {"colour": Converter()}), "colour has no column"),
        (lambda: RowMapper(LOFTS, Loft, {"tenant": UNKEPT, "size": UNKEPT}), "depth, street, width has no field"),
        (lambda: RowMapper(_NAMES, Loose), "Loose.name is no slot"),
        (lambda: RowMapper(_NAMES, Watchful), "Watchful looks at its values"),
        (
            lambda: RowMapper(a_table(Column("seen_at", BigInteger, nullable=False), without="seen_at"), Pigeon),
            "pigeons.seen_at may not be NULL, and its field may be None",
        ),
        (
            lambda: RowMapper(a_table(Column("is_fast", Boolean), without="is_fast"), Pigeon),
            "pigeons.is_fast may be NULL, and its field has no default",
        ),
        (
            lambda: RowMapper(LOFTS, Loft, {"tenant": UNKEPT, "size": SIZE}, apart=("street",)),
            "lofts.motto keeps a .*timedelta",
        ),
    ],
)
def test_what_does_not_agree_is_refused_at_import(mapping: Callable[[], object], complaint: str) -> None:
    """A field without a column, a column without a field, and a type that nothing is known of, are named."""
    with pytest.raises(TypeError, match=complaint):
        mapping()


def test_an_impossible_row_names_itself() -> None:
    """By its primary key unless the repository says how; an unknown member is shown, any other value is not."""
    with pytest.raises(ImpossibleRowError, match=r"^pigeons Ada: home 'roof'$"):
        RowMapper(a_table(), Pigeon).read((*ROW[:2], "roof", *ROW[3:]))
    with pytest.raises(ImpossibleRowError, match=r"^pigeons of p: stage 77$"):
        RowMapper(a_table(), Pigeon, known_by="of {owner}").read((*ROW[:3], 77, *ROW[4:]))
    with pytest.raises(ImpossibleRowError, match=r"^pigeons Ada: cannot be read$"):
        RowMapper(a_table(), Pigeon).read((*ROW[:7], "secret", "[]"))
    with pytest.raises(ImpossibleRowError, match=r"^lofts High Street: cannot be read$"):
        LOFT.read(("two", "calm", 3, 4, "High Street"))


def test_a_new_column_of_apps_needs_a_field_and_nothing_else() -> None:
    """Every column is a field of ``App`` by name, and every statement of the repository follows the table."""
    assert {column.key for column in apps.columns} == {field.name for field in fields(App)}
    with pytest.raises(TypeError, match="App and apps do not agree: motto has no field"):
        RowMapper(Table("apps", MetaData(), *(_copy(column) for column in apps.columns), Column("motto", Text)), App)
    for statement in (app_repository._BY_ID, app_repository._BY_SLUG, app_repository._ALL, app_repository._ADD):
        assert _names_in(statement) >= {column.name for column in apps.columns}
    assert _names_in(app_repository._PUT) >= {column.name for column in apps.columns} - {"created_at"}


def test_every_setting_of_an_app_is_added_and_replaced(unit: SqlUnit) -> None:
    """None of them is at its default here, and each comes back."""
    every = App(
        app_id=APP_ID,
        slug="all",
        name="All",
        origins=("https://all.example",),
        redirect_url="https://all.example/in",
        callbacks=("https://all.example/back",),
        bots=(BotName("max"),),
        wants_phone=False,
        enabled=False,
        match_policy=MatchPolicy.ALL,
        login_minutes=7,
        code_login_minutes=45,
        last_successful_first=True,
        sessions_per_hour=7,
        color="#0a7755",
        logo_digest="0123456789abcdef",
        quiet_hours=QuietHours(time(22), time(8)),
        timezone="Europe/Berlin",
        broadcasts_per_day=2,
        broadcasts_per_week=5,
        created_at=NOW,
    )
    unit.apps.put(every)
    assert unit.apps.by_id(APP_ID) == every
    unit.apps.add(replace(every, app_id=AppId("b" * 24), slug="other"))
    assert unit.apps.by_slug("other") == replace(every, app_id=AppId("b" * 24), slug="other")


def test_an_app_from_before_a_column_was_there_says_nothing_about_it() -> None:
    """The columns that migrations added are NULL in its row."""
    new = App(app_id=APP_ID, slug="old", name="Old", created_at=NOW)
    values = APP.values(new)
    row = tuple(None if column.nullable else values[str(column.key)] for column in APP.columns)
    assert APP.read(row) == new


def test_a_login_reads_every_column_but_those_of_its_question() -> None:
    """None is left out by mistake, and none comes twice."""
    question = {"prompt_message_id", "prompted_at", "prompt_nonce"}
    assert sorted(column.name for column in COLUMNS) == sorted({column.name for column in logins.columns} - question)


def _copy(column: Column[object]) -> Column[object]:
    return Column(column.name, column.type, primary_key=column.primary_key, nullable=column.nullable)


def _names_in(statement: Executable) -> set[str]:
    sql, _ = _compiled(statement)
    return set(sql.replace("apps.", "").replace(",", " ").replace("=", " ").replace("(", " ").replace(")", " ").split())
