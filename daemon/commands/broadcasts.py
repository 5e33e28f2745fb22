"""``gatepost broadcasts``: what sites send to many, how it goes, and stopping it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.settings import AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, print_rows, say

if TYPE_CHECKING:
    from core.model.broadcasts.broadcast import Broadcast
    from daemon.commands.progress import Watcher
    from daemon.wiring import Admin

commands = typer.Typer(help="Show what sites send to many, watch it go out, and stop it.")
JobId = Annotated[str, typer.Argument(metavar="JOB_ID", help="The broadcast's job_id.")]
_LOOK_SECONDS = 0.5


@commands.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the newest broadcasts of all sites."""
    if context.invoked_subcommand is not None:
        return

    async def find(admin: "Admin") -> "Sequence[Broadcast]":
        return await admin.broadcasts.latest(None, limit)

    shapes = [shape(job) for job in with_admin(config, find)]
    if as_json:
        print_json(shapes)
    elif shapes:
        print_rows(tuple(shapes[0]), [tuple(map(str, each.values())) for each in shapes])
    else:
        say("No site has sent a broadcast yet.")


@commands.command()
def watch(job_id: JobId, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Watch a broadcast until it is over. Without a terminal, or with --json, it prints a line now and then."""
    from daemon.commands.progress import watcher  # noqa: PLC0415 - `gatepost --help` must not wait for rich

    async def follow(admin: "Admin") -> None:
        job = await admin.broadcasts.any(job_id)
        with watcher(job.total, as_json=as_json) as screen:
            await _follow(admin, job, screen)

    with_admin(config, follow)


@commands.command()
def cancel(job_id: JobId, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Stop a broadcast: what was sent stays, nobody else gets it."""

    async def stop(admin: "Admin") -> "Broadcast":
        return await admin.broadcasts.cancel(None, job_id)

    answer = shape(with_admin(config, stop))
    if as_json:
        print_json(answer)
    else:
        print_pairs({name: str(value) for name, value in answer.items()})


async def _follow(admin: "Admin", job: "Broadcast", screen: "Watcher") -> None:
    """Show how the broadcast stands, again and again until it is over."""
    import asyncio  # noqa: PLC0415 - `gatepost --help` must not wait for it

    while job.over_at is None:
        screen.show(job)
        await asyncio.sleep(_LOOK_SECONDS)
        job = await admin.broadcasts.any(job.job_id)
    screen.show(job, is_last=True)


def shape(job: "Broadcast") -> dict[str, object]:
    """Return what may be known of a broadcast: never what it says."""
    return {
        "job_id": job.job_id,
        "app_id": job.app_id,
        "status": job.state.value,
        "is_test": job.is_test,
        "total": job.total,
        "sent": job.sent,
        "failed": job.failed,
        "skipped": job.skipped,
        "created_at": job.created_at.isoformat(timespec="seconds"),
    }
