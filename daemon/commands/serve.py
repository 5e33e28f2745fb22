# ruff: noqa: PLC0415 - `gatepost --help` must not wait for the whole daemon
"""``gatepost serve``: the daemon."""

import typer

from daemon.commands.listening import explain_taken_port
from daemon.commands.settings import ConfigFile, read_settings


def serve(*, config: ConfigFile = None) -> None:
    """Run the daemon until it is told to stop."""
    settings = read_settings(config)

    import logging

    import uvloop

    from config.complaints import SettingsError
    from core.errors import GatepostError
    from daemon import logs, run

    logs.configure(settings.log.level, settings.log.format)
    try:
        with explain_taken_port(str(settings.http.listen), "Free it, or set http.listen to another."):
            status = uvloop.run(run.serve(settings, lambda: read_settings(config)))
    except (GatepostError, SettingsError, typer.Exit):
        raise
    except Exception:
        # Through the log, so that it is one line and without secrets.
        logging.getLogger(__name__).critical("the daemon cannot go on", exc_info=True)
        status = 1
    raise typer.Exit(status)
