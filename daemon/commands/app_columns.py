"""The columns of an app on the command line: one table, of which its options, its rows and its JSON are made.

A new column is one entry of ``COLUMNS``: ``app create`` and ``app set`` take it, ``app show`` and ``app list`` tell it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from core.model.apps.app import App


def _same(value: Any) -> Any:  # noqa: ANN401 - of any column
    return value


def _or_none(value: object) -> str:
    return str(value or "none")


def _joined(values: tuple[str, ...]) -> str:
    return ", ".join(values) or "none"


def _bound(number: int) -> str:
    return str(number or "no bound")


def _entries(texts: list[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _text_or_none(text: str) -> str | None:
    return text or None


_MATCH_SHOWN: Final = {
    "off": "asked when the page shows it",
    "site": "asked for all logins that anybody can start",
    "all": "always asked",
}


def _match_policy(text: str) -> object:
    from core.complaints import Wrong  # noqa: PLC0415 - `gatepost --help` need not wait
    from core.errors import Invalid  # noqa: PLC0415 - the same
    from core.model.apps.app import MatchPolicy  # noqa: PLC0415 - the same

    if text not in set(MatchPolicy):
        raise Invalid("match", Wrong.NOT_ONE_OF, choices=tuple(MatchPolicy))
    return MatchPolicy(text)


def _match_of_switch(is_on: bool) -> object:  # noqa: FBT001 - as typer read it
    return _match_policy("all" if is_on else "off")


def _minutes(number: int) -> str:
    return f"up to {number} minutes"


def _hours(text: str) -> object:
    from core.model.calendar.quiet_hours import read_quiet_hours  # noqa: PLC0415 - `gatepost --help` need not wait

    return None if text == "off" else read_quiet_hours(text)


@dataclass(frozen=True, slots=True)
class Option:
    """How a column is set: ``flag`` as typer takes it, what ``kind`` of value it takes, and what is said of it.

    ``help_on_set`` is said by ``app set``, if that differs. An option that ``is_needed`` cannot be left out of
    ``app create``; one that is not ``at_creation`` belongs to ``app set`` only.
    """

    flag: str
    kind: Any
    help: str
    metavar: str | None = None
    least: int | None = None
    help_on_set: str | None = None
    is_needed: bool = False
    at_creation: bool = True

    def parameter(self, name: str, *, is_new: bool) -> Parameter:
        """Return the parameter of a command by this name; what is not given is ``None``."""
        text = self.help if is_new else self.help_on_set or self.help
        info = typer.Option(self.flag, metavar=self.metavar, min=self.least, help=text)
        is_needed = is_new and self.is_needed
        return Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if is_needed else None,
            annotation=Annotated[self.kind if is_needed else self.kind | None, info],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field of ``App``, under ``label`` in tables and under ``key`` (the field's name, if it is ``None``) in JSON.

    ``read`` makes the field's value of what was typed, ``show`` words of the value, and ``to_json`` what JSON can hold.
    Without an ``option`` the column is only told. A ``switch`` is a second option for the same column, read by
    ``read_switch``; who gives both is told so.
    """

    field: str
    label: str
    key: str | None = None
    option: Option | None = None
    read: Callable[[Any], object] = _same
    switch: Option | None = None
    read_switch: Callable[[Any], object] = _same
    show: Callable[[Any], str] = str
    to_json: Callable[[Any], object] = _same


COLUMNS: Final = (
    Column(field="app_id", label="app_id"),
    Column(
        field="name",
        label="name",
        option=Option(
            "--name", str, "What visitors know the site by.", "TEXT", help_on_set="A new name.", is_needed=True
        ),
    ),
    Column(
        field="slug",
        label="slug",
        option=Option(
            "--slug",
            str,
            "A short name for links: a-z, 0-9 and '-'.",
            "TEXT",
            help_on_set="A new slug; old links of the app end.",
            is_needed=True,
        ),
    ),
    Column(
        field="origins",
        label="origins",
        option=Option(
            "--origin", list[str], "Where the site's pages are, https://shop.example.com; repeatable.", "URL"
        ),
        read=_entries,
        show=_joined,
    ),
    Column(
        field="redirect_url",
        label="redirect",
        key="redirect",
        option=Option("--redirect", str, "Where visitors return to unless the site says more.", "URL"),
        read=_text_or_none,
        show=_or_none,
    ),
    Column(
        field="callbacks",
        label="callbacks",
        option=Option(
            "--callback",
            list[str],
            "Where one-time codes may be sent, on an --origin; the first by default; repeatable.",
            "URL",
        ),
        read=_entries,
        show=_joined,
    ),
    Column(
        field="bots",
        label="bots",
        option=Option("--bot", list[str], "A bot of the settings, most preferred first; repeatable.", "NAME"),
        read=_entries,
        show=_joined,
    ),
    Column(
        field="wants_phone",
        label="phone",
        option=Option("--wants-phone/--no-wants-phone", bool, "Whether visitors must show their phone number."),
        show=lambda is_wanted: "wanted" if is_wanted else "not wanted",
    ),
    Column(
        field="enabled",
        label="state",
        option=Option("--enable/--disable", bool, "Whether the app may be used at all.", at_creation=False),
        show=lambda is_enabled: "enabled" if is_enabled else "disabled",
    ),
    Column(
        field="match_policy",
        label="number",
        option=Option(
            "--match",
            str,
            "Which logins need the number that the page shows: 'site' (all that anybody can start, the default), 'all'"
            " (also those of your own server and permanent links), 'off' (only those whose page asks for it).",
            "off|site|all",
        ),
        read=_match_policy,
        switch=Option(
            "--require-match/--no-require-match",
            bool,
            "The same as --match all, or --match off. Off is for a page of your own that shows no number: then whoever"
            " gets a visitor to say yes to a link can log in as them.",
        ),
        read_switch=_match_of_switch,
        show=lambda policy: _MATCH_SHOWN[policy],
    ),
    Column(
        field="login_minutes",
        label="login takes",
        option=Option("--login-minutes", int, "How long a login may take, 1 to 10; 5 unless you say.", "MINUTES", 1),
        show=_minutes,
    ),
    Column(
        field="code_login_minutes",
        label="login by /v1 takes",
        option=Option(
            "--code-login-minutes", int, "The same for logins by /v1, 5 to 60; 30 unless you say.", "MINUTES", 1
        ),
        show=_minutes,
    ),
    Column(
        field="last_successful_first",
        label="messages go first",
        option=Option(
            "--last-successful-first/--no-last-successful-first",
            bool,
            "Whether messages by phone go to where the last one arrived, and only then by the order of the bots.",
        ),
        show=lambda is_so: "where the last one arrived" if is_so else "by the first of the bots",
    ),
    Column(
        field="sessions_per_hour",
        label="sessions per hour",
        option=Option(
            "--sessions-per-hour", int, "Logins the app may start by /v1 in an hour; 0 = no bound.", "NUMBER", 0
        ),
        show=_bound,
    ),
    Column(
        field="color",
        label="color",
        option=Option("--color", str, "The colour of the app's login pages.", "#RRGGBB"),
        read=_text_or_none,
        show=_or_none,
    ),
    Column(
        field="logo_digest",
        label="logo",
        key="has_logo",
        show=lambda digest: "yes" if digest else "none",
        to_json=lambda digest: digest is not None,
    ),
    Column(
        field="quiet_hours",
        label="quiet hours",
        option=Option(
            "--quiet-hours",
            str,
            "When broadcasts leave people alone, by the clock where their phone is from; 'off' ends that.",
            "22:00-08:00",
        ),
        read=_hours,
        show=lambda hours: str(hours or "off"),
        to_json=lambda hours: str(hours) if hours else None,
    ),
    Column(
        field="timezone",
        label="timezone",
        option=Option(
            "--timezone",
            str,
            "Where people are whose phone does not tell, or tells several zones with this among them: Europe/Moscow.",
            "ZONE",
        ),
        read=_text_or_none,
        show=lambda zone: zone or "of the phone, else UTC",
    ),
    Column(
        field="broadcasts_per_day",
        label="broadcasts per day",
        option=Option(
            "--broadcasts-per-day", int, "Broadcasts a subscriber gets in 24 hours; 0 = no bound.", "NUMBER", 0
        ),
        show=_bound,
    ),
    Column(
        field="broadcasts_per_week",
        label="broadcasts per week",
        option=Option("--broadcasts-per-week", int, "The same in seven days; 0 = no bound.", "NUMBER", 0),
        show=_bound,
    ),
    Column(
        field="created_at",
        label="created",
        show=lambda moment: f"{moment:%Y-%m-%d %H:%M} UTC",
        to_json=lambda moment: moment.isoformat(),
    ),
)

Wishes = dict[str, Any]
"""The columns that were given a value, by field of ``App``."""


def with_columns(*, is_new: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each column in front of its own; it gets what was given as ``wishes``.

    ``is_new`` = the command creates an app, else it changes one. A value that cannot be read raises ``Invalid``.
    """
    options = [
        (name, column, option, read)
        for column in COLUMNS
        for name, option, read in (
            (column.field, column.option, column.read),
            (f"{column.field}_switch", column.switch, column.read_switch),
        )
        if option and (option.at_creation or not is_new)
    ]
    parameters = [option.parameter(name, is_new=is_new) for name, _, option, _ in options]

    def widened(command: Callable[..., None]) -> Callable[..., None]:
        own = [each for each in signature(command, eval_str=True).parameters.values() if each.name != "wishes"]
        arguments = [each for each in own if each.kind is not Parameter.KEYWORD_ONLY]

        @wraps(command)
        def run(**given: Any) -> None:  # noqa: ANN401 - whatever typer read
            wishes: Wishes = {}
            for name, column, option, read in options:
                value = given.pop(name)
                if value is None:
                    continue
                if column.field in wishes:
                    raise typer.BadParameter(f"{option.flag} says the same as {column.option and column.option.flag}")
                wishes[column.field] = read(value)
            command(wishes=wishes, **given)

        run.__annotations__ = {}
        vars(run)["__signature__"] = Signature([*arguments, *parameters, *own[len(arguments) :]])
        return run

    return widened


def rows_of(app: "App") -> Mapping[str, str]:
    """Return an app's columns for people, by label."""
    return {column.label: column.show(getattr(app, column.field)) for column in COLUMNS}


def shape_of(app: "App") -> Mapping[str, object]:
    """Return an app's columns for scripts, by key."""
    return {column.key or column.field: column.to_json(getattr(app, column.field)) for column in COLUMNS}
