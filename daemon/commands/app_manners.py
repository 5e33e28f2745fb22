"""An app's capabilities on the command line: when and how often its broadcasts may come."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from core.model.apps.app import App

QuietHours = Annotated[
    str | None,
    typer.Option(
        "--quiet-hours",
        metavar="22:00-08:00",
        help="When broadcasts leave people alone, by the clock where their phone is from; 'off' ends that.",
    ),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        "--timezone",
        metavar="ZONE",
        help="Where people are whose phone does not tell, or tells several zones with this among them: Europe/Moscow.",
    ),
]
PerDay = Annotated[
    int | None,
    typer.Option(
        "--broadcasts-per-day", metavar="NUMBER", min=0, help="Broadcasts a subscriber gets in 24 hours; 0 = no bound."
    ),
]
PerWeek = Annotated[
    int | None,
    typer.Option("--broadcasts-per-week", metavar="NUMBER", min=0, help="The same in seven days; 0 = no bound."),
]


def hours_in(options: Mapping[str, object]) -> dict[str, Any]:
    """Return the quiet hours among the options as a field of ``App``, if they were given; raise ``Invalid``."""
    from core.model.calendar.quiet_hours import read_quiet_hours  # noqa: PLC0415 - `gatepost --help` need not wait

    hours = options.get("quiet_hours")
    return {} if hours is None else {"quiet_hours": None if hours == "off" else read_quiet_hours(str(hours))}


def manners_for_people(app: "App") -> dict[str, str]:
    """Return them for a table."""
    return {
        "quiet hours": str(app.quiet_hours or "off"),
        "timezone": app.timezone or "of the phone, else UTC",
        "broadcasts per day": str(app.broadcasts_per_day or "no bound"),
        "broadcasts per week": str(app.broadcasts_per_week or "no bound"),
    }


def manners_shape(app: "App") -> dict[str, object]:
    """Return them for scripts."""
    return {
        "quiet_hours": str(app.quiet_hours) if app.quiet_hours else None,
        "timezone": app.timezone,
        "broadcasts_per_day": app.broadcasts_per_day,
        "broadcasts_per_week": app.broadcasts_per_week,
    }
