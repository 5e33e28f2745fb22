"""``gatepost outbox``: what waits to be sent, what did not arrive, and sending that once more."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gatepost.daemon.commands.settings import AsJson, ConfigFile, in_office
from gatepost.daemon.commands.tables import print_json, print_pairs, print_rows

if TYPE_CHECKING:
    from gatepost.core.flows.outbox import Queue
    from gatepost.core.model.notice import Notice
    from gatepost.daemon.wiring import Office

commands = typer.Typer(help="Show what waits to be sent, and send once more what did not arrive.")


@commands.callback(invoke_without_command=True)
def show(context: typer.Context, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show what waits, by bot: how much, and since when the oldest does."""
    if context.invoked_subcommand is not None:
        return

    async def find(office: "Office") -> "Sequence[Queue]":
        return await office.outbox.queues()

    queues = in_office(config, find)
    if as_json:
        print_json([_queue_shape(queue) for queue in queues])
    elif queues:
        print_rows(("bot", "priority", "waiting", "oldest"), [tuple(_queue_shape(each).values()) for each in queues])
    else:
        typer.echo("Nothing waits to be sent.")


@commands.command()
def undelivered(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the newest messages that may not have arrived: failed, expired, or with an unknown end."""

    async def find(office: "Office") -> "Sequence[Notice]":
        return await office.outbox.undelivered(limit)

    notices = in_office(config, find)
    if as_json:
        print_json([_notice_shape(notice) for notice in notices])
    elif notices:
        shapes = [_notice_shape(notice) for notice in notices]
        print_rows(tuple(shapes[0]), [tuple(shape.values()) for shape in shapes])
    else:
        typer.echo("Everything arrived, or is on its way.")


@commands.command()
def replay(
    message: Annotated[str, typer.Argument(metavar="ID", help="The message's correlation_id.")],
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Send a message once more. One whose end is unknown may then come twice."""

    async def send(office: "Office") -> "Notice":
        return await office.outbox.replay(message)

    shape = _notice_shape(in_office(config, send))
    if as_json:
        print_json(shape)
    else:
        print_pairs(shape)


def _queue_shape(queue: "Queue") -> dict[str, str]:
    return {
        "bot": queue.bot,
        "priority": queue.priority.name.lower(),
        "waiting": str(queue.count),
        "oldest": queue.oldest.isoformat(timespec="seconds"),
    }


def _notice_shape(notice: "Notice") -> dict[str, str]:
    """Return what may be known of a message: never its text, nor to which number it went."""
    return {
        "correlation_id": notice.notice_id,
        "app_id": notice.app_id,
        "bot": notice.bot,
        "state": notice.state.value,
        "reason": notice.reason or "",
        "attempts": str(notice.attempts),
        "created_at": notice.created_at.isoformat(timespec="seconds"),
    }
