# ruff: noqa: PLC0415 - `gatepost --help` must not wait for parts that only the commands need
"""How commands come by the settings and the store."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from daemon.messengers import Settings
    from daemon.wiring import Admin

T = TypeVar("T")

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", envvar="GATEPOST_CONFIG", help="The settings, a TOML file."),
]
AppReference = Annotated[str, typer.Argument(metavar="APP", help="The app's id or slug.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_settings(config: Path | None, *, before_unit: bool = False) -> "Settings":
    """Return the settings, once they are right and the ground they name is fit to build on; or ``SettingsError``.

    ``before_unit`` = nothing is said of folders that the systemd unit makes.
    """
    from config.complaints import SettingsError
    from daemon.messengers import load
    from daemon.preflight import complaints_about_ground

    settings = load(config)
    complaints = complaints_about_ground(settings, before_unit=before_unit)
    if complaints:
        raise SettingsError(complaints)
    return settings


def with_admin(config: Path | None, work: "Callable[[Admin], Awaitable[T]]") -> T:
    """Do ``work`` on the store of the settings, beside a running daemon or not, and return what it returns."""
    settings = read_settings(config)

    import asyncio

    from daemon import logs, wiring

    logs.configure("warning", "text")

    async def work_on_store() -> T:
        async with wiring.open_admin(settings) as admin:
            return await work(admin)

    return asyncio.run(work_on_store())
