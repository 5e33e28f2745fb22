"""``gatepost app``: the sites that use this Gatepost."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon.commands.app_keys import print_secrets
from daemon.commands.app_manners import (
    PerDay,
    PerWeek,
    QuietHours,
    Timezone,
    hours_in,
    manners_for_people,
    manners_shape,
)
from daemon.commands.settings import AppReference, AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, print_rows

if TYPE_CHECKING:
    from core.apps.administration import AppSecrets
    from core.model.apps.app import App
    from daemon.wiring import Admin

commands = typer.Typer(no_args_is_help=True, help="Create, show and change the sites that use this Gatepost.")

Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", metavar="URL", help="Where the site's pages are, https://shop.example.com; repeatable."),
]
Redirect = Annotated[
    str | None, typer.Option("--redirect", metavar="URL", help="Where visitors return to unless the site says more.")
]
Callbacks = Annotated[
    list[str] | None,
    typer.Option(
        "--callback",
        metavar="URL",
        help="Where one-time codes may be sent, on an --origin; the first by default; repeatable.",
    ),
]
Bots = Annotated[
    list[str] | None,
    typer.Option("--bot", metavar="NAME", help="A bot of the settings, most preferred first; repeatable."),
]
WantsPhone = Annotated[
    bool | None,
    typer.Option("--wants-phone/--no-wants-phone", help="Whether visitors must show their phone number."),
]


RequiresMatch = Annotated[
    bool | None,
    typer.Option(
        "--require-match/--no-require-match",
        help="Whether every login needs the number on the page: say yes once all your pages show it.",
    ),
]
SessionsPerHour = Annotated[
    int | None,
    typer.Option(
        "--sessions-per-hour", metavar="NUMBER", min=0, help="Logins the app may start by /v1 in an hour; 0 = no bound."
    ),
]
LastSuccessfulFirst = Annotated[
    bool | None,
    typer.Option(
        "--last-successful-first/--no-last-successful-first",
        help="Whether messages by phone go to where the last one arrived, and only then by the order of the bots.",
    ),
]
Color = Annotated[str | None, typer.Option("--color", metavar="#RRGGBB", help="The colour of the app's login pages.")]


@commands.command()
def create(  # noqa: PLR0913 - one parameter per option
    *,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="What visitors know the site by.")],
    slug: Annotated[str, typer.Option("--slug", metavar="TEXT", help="A short name for links: a-z, 0-9 and '-'.")],
    origins: Origins = None,
    redirect: Redirect = None,
    callbacks: Callbacks = None,
    bots: Bots = None,
    wants_phone: WantsPhone = None,
    requires_match: RequiresMatch = None,
    last_successful_first: LastSuccessfulFirst = None,
    sessions_per_hour: SessionsPerHour = None,
    color: Color = None,
    quiet_hours: QuietHours = None,
    timezone: Timezone = None,
    broadcasts_per_day: PerDay = None,
    broadcasts_per_week: PerWeek = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Create an app and print, this once, what its site needs. Without --bot it gets every bot."""
    wishes = _wishes(
        origins=origins,
        redirect_url=redirect,
        callbacks=callbacks,
        bots=bots,
        wants_phone=wants_phone,
        requires_match=requires_match,
        last_successful_first=last_successful_first,
        sessions_per_hour=sessions_per_hour,
        color=color,
        quiet_hours=quiet_hours,
        timezone=timezone,
        broadcasts_per_day=broadcasts_per_day,
        broadcasts_per_week=broadcasts_per_week,
    )

    async def make(admin: "Admin") -> "tuple[App, AppSecrets]":
        app = replace(admin.apps.draft(slug, name), **wishes)
        return app, await admin.apps.create(app)

    app, secrets = with_admin(config, make)
    print_secrets(app, secrets, as_json=as_json)


@commands.command("list")
def list_all(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the apps, oldest first."""

    async def find(admin: "Admin") -> "Sequence[App]":
        return await admin.apps.list_all()

    apps = with_admin(config, find)
    if as_json:
        print_json([_shape(app) for app in apps])
    elif apps:
        print_rows(
            ("app_id", "slug", "name", "bots", "state"),
            [(app.app_id, app.slug, app.name, ", ".join(app.bots), _state(app)) for app in apps],
        )
    else:
        typer.echo("There is no app yet: make one with 'gatepost app create'.")


@commands.command()
def show(reference: AppReference, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show an app. Its keys cannot be shown again: 'gatepost app rotate-keys' gives new ones."""

    async def find(admin: "Admin") -> "App":
        return await admin.apps.find(reference)

    _print_app(with_admin(config, find), as_json=as_json)


@commands.command("set")
def change(  # noqa: PLR0913 - one parameter per option
    reference: AppReference,
    *,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="A new name.")] = None,
    slug: Annotated[
        str | None, typer.Option("--slug", metavar="TEXT", help="A new slug; old links of the app end.")
    ] = None,
    origins: Origins = None,
    redirect: Redirect = None,
    callbacks: Callbacks = None,
    bots: Bots = None,
    wants_phone: WantsPhone = None,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether the app may be used at all.")
    ] = None,
    requires_match: RequiresMatch = None,
    last_successful_first: LastSuccessfulFirst = None,
    sessions_per_hour: SessionsPerHour = None,
    color: Color = None,
    quiet_hours: QuietHours = None,
    timezone: Timezone = None,
    broadcasts_per_day: PerDay = None,
    broadcasts_per_week: PerWeek = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Change an app: what is not named stays. A repeatable option replaces the whole list.

    --redirect "", --color "" and --timezone "" remove them.
    """
    wishes = _wishes(
        name=name,
        slug=slug,
        origins=origins,
        redirect_url=redirect,
        callbacks=callbacks,
        bots=bots,
        wants_phone=wants_phone,
        enabled=enabled,
        requires_match=requires_match,
        last_successful_first=last_successful_first,
        sessions_per_hour=sessions_per_hour,
        color=color,
        quiet_hours=quiet_hours,
        timezone=timezone,
        broadcasts_per_day=broadcasts_per_day,
        broadcasts_per_week=broadcasts_per_week,
    )
    if not wishes:
        raise typer.BadParameter("name at least one thing to change; --help lists them")

    async def put(admin: "Admin") -> "App":
        return await admin.apps.change(replace(await admin.apps.find(reference), **wishes))

    _print_app(with_admin(config, put), as_json=as_json)


@commands.command()
def logo(
    reference: AppReference,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A PNG, JPEG, WebP or SVG of at most 64 KiB; none removes it.")
    ] = None,
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Give an app's login pages a logo."""
    try:
        body = file.read_bytes() if file else b""
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None

    async def put(admin: "Admin") -> "App":
        return await admin.apps.change_logo((await admin.apps.find(reference)).app_id, body)

    _print_app(with_admin(config, put), as_json=as_json)


def _wishes(**options: object) -> dict[str, Any]:
    """Return the options that were given, as fields of ``App``: lists become tuples, an empty text means none."""
    plain = {name: value for name, value in options.items() if name != "quiet_hours"}
    return (
        {
            field: tuple(entry for entry in value if entry) if isinstance(value, list) else value
            for field, value in plain.items()
            if value is not None
        }
        | hours_in(options)
        | {field: None for field in ("redirect_url", "color", "timezone") if options.get(field) == ""}
    )


def _print_app(app: "App", *, as_json: bool) -> None:
    if as_json:
        print_json(_shape(app))
        return
    print_pairs(
        {
            "app_id": app.app_id,
            "slug": app.slug,
            "name": app.name,
            "origins": ", ".join(app.origins) or "none",
            "redirect": app.redirect_url or "none",
            "callbacks": ", ".join(app.callbacks) or "none",
            "bots": ", ".join(app.bots) or "none",
            "messages go first": "where the last one arrived"
            if app.last_successful_first
            else "by the first of the bots",
            "phone": "wanted" if app.wants_phone else "not wanted",
            "sessions per hour": str(app.sessions_per_hour or "no bound"),
            "number": "always asked" if app.requires_match else "asked when the page shows it",
            "color": app.color or "none",
            "logo": "yes" if app.logo_digest else "none",
            **manners_for_people(app),
            "state": _state(app),
            "created": f"{app.created_at:%Y-%m-%d %H:%M} UTC",
        }
    )


def _state(app: "App") -> str:
    return "enabled" if app.enabled else "disabled"


def _shape(app: "App") -> dict[str, object]:
    return {
        "app_id": app.app_id,
        "slug": app.slug,
        "name": app.name,
        "origins": app.origins,
        "redirect": app.redirect_url,
        "callbacks": app.callbacks,
        "bots": app.bots,
        "wants_phone": app.wants_phone,
        "enabled": app.enabled,
        "requires_match": app.requires_match,
        "last_successful_first": app.last_successful_first,
        "sessions_per_hour": app.sessions_per_hour,
        "color": app.color,
        "has_logo": app.logo_digest is not None,
        **manners_shape(app),
        "created_at": app.created_at.isoformat(),
    }
