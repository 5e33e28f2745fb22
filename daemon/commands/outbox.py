# ruff: noqa: PLC0415 - `gatepost --help` must not wait for parts that only the commands need
"""``gatepost outbox``: what waits to be sent, what did not arrive, and sending that once more."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from daemon.commands.settings import AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, print_rows, say

if TYPE_CHECKING:
    from core.model.sending.outbox_message import MessageState, OutboxMessage
    from core.sending.operations import BotReport
    from daemon.wiring import Admin

_WATCH_SECONDS: Final = 2.0
_CLEAR: Final = "\x1b[2J\x1b[H"
"""What empties a terminal."""
_SPAN: Final = re.compile(r"(?P<count>[0-9]{1,5})(?P<unit>[smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

commands = typer.Typer(help="Show what waits to be sent, and send once more what did not arrive.")


@commands.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every two seconds, until Ctrl-C.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show what waits by bot, what was sent in the last minute and hour, and whether the bot may send."""
    if context.invoked_subcommand is not None:
        return

    async def look(admin: "Admin") -> None:
        _print_bots(await admin.outbox.bots(), as_json=as_json)
        while watch:
            await asyncio.sleep(_WATCH_SECONDS)
            bots = await admin.outbox.bots()
            typer.echo(_CLEAR, nl=False)
            _print_bots(bots, as_json=as_json)

    with suppress(KeyboardInterrupt):
        with_admin(config, look)


@commands.command()
def undelivered(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the newest messages that may not have arrived: failed, expired, or with an unknown end."""

    async def find(admin: "Admin") -> "Sequence[OutboxMessage]":
        return await admin.outbox.undelivered(limit)

    notices = with_admin(config, find)
    if as_json:
        print_json([_notice_shape(message) for message in notices])
    elif notices:
        shapes = [_notice_shape(message) for message in notices]
        print_rows(tuple(shapes[0]), [tuple(shape.values()) for shape in shapes])
    else:
        say("Everything arrived, or is on its way.")


@commands.command()
def replay(  # noqa: PLR0913 - one parameter per option
    message: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The message's correlation_id; or say which by options.")
    ] = None,
    *,
    since: Annotated[
        str | None, typer.Option("--since", metavar="SPAN", help="All that were accepted since: 30m, 2h, 7d.")
    ] = None,
    bot: Annotated[str | None, typer.Option("--bot", metavar="NAME", help="Only those of this bot.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only those: failed, expired or unknown.")] = None,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Send one message once more, or all of some time. Those whose end is unknown may then come twice."""
    if message is not None and since is None and bot is None and state is None:
        _replay_one(message, config, as_json=as_json)
    elif message is None and since is not None:
        _replay_all(read_span(since), bot, read_state(state), config, is_sure=is_sure, as_json=as_json)
    else:
        raise typer.BadParameter("name one message, or all --since some time (and --bot, --state)")


def read_span(text: str) -> timedelta:
    """Return how long ``90s``, ``30m``, ``2h`` or ``7d`` is; raise ``BadParameter``."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"--since: {text!r} must be a number with s, m, h or d behind it, such as 2h")
    return timedelta(**{_UNITS[found["unit"]]: int(found["count"])})


def read_state(text: str | None) -> "MessageState | None":
    """Return the state; raise ``BadParameter`` unless a message that did not arrive can be in it."""
    from core.model.sending.outbox_message import UNDELIVERED

    known = {state.value: state for state in UNDELIVERED}
    if text is not None and text not in known:
        raise typer.BadParameter(f"--state: must be one of {', '.join(known)}")
    return known[text] if text is not None else None


def _replay_one(message: str, config: ConfigFile, *, as_json: bool) -> None:
    async def send(admin: "Admin") -> "OutboxMessage":
        return await admin.outbox.replay(message)

    shape = _notice_shape(with_admin(config, send))
    if as_json:
        print_json(shape)
    else:
        print_pairs(shape)


def _replay_all(  # noqa: PLR0913 - one parameter per option
    span: timedelta, bot: str | None, state: "MessageState | None", config: ConfigFile, *, is_sure: bool, as_json: bool
) -> None:
    from core.model.ids import BotName

    async def send(admin: "Admin") -> int:
        wanted = admin.outbox.since(span, BotName(bot) if bot else None, state)
        count = await admin.outbox.count(wanted)
        if count and not is_sure:
            typer.confirm(f"Send {count} messages once more?", abort=True)
        return await admin.outbox.replay_all(wanted) if count else 0

    count = with_admin(config, send)
    if as_json:
        print_json({"replayed": count})
    else:
        say(f"{count} messages wait to be sent once more." if count else "There is nothing to send once more.")


def _print_bots(bots: "Sequence[BotReport]", *, as_json: bool) -> None:
    if as_json:
        print_json([_bot_shape(each) for each in bots])
    elif bots:
        titles = ("bot", "waiting", "oldest", "sent last minute", "last hour", "failed last hour", "may send")
        print_rows(titles, [_bot_row(each) for each in bots])
    else:
        say("Nothing waits to be sent.")


def _bot_shape(report: "BotReport") -> dict[str, object]:
    return {
        "bot": report.bot,
        "waiting": {priority.name.lower(): count for priority, count in report.waiting.items()},
        "oldest": report.oldest and report.oldest.isoformat(timespec="seconds"),
        "sent_last_minute": report.sent_last_minute,
        "sent_last_hour": report.sent_last_hour,
        "failed_last_hour": report.failed_last_hour,
        "breaker": report.breaker.state.value,
        "until": report.pause and report.pause.isoformat(timespec="seconds"),
        "why": report.breaker.why,
    }


def _bot_row(report: "BotReport") -> tuple[str, ...]:
    waiting = ", ".join(f"{count} {priority.name.lower()}" for priority, count in report.waiting.items())
    return (
        report.bot,
        waiting or "nothing",
        report.oldest.isoformat(timespec="seconds") if report.oldest else "",
        str(report.sent_last_minute),
        str(report.sent_last_hour),
        str(report.failed_last_hour),
        _may_send(report),
    )


def _may_send(report: "BotReport") -> str:
    until = f"{report.pause:%H:%M:%S} UTC" if report.pause else ""
    if report.breaker.why:
        return f"no, tries again {(until and f'at {until}') or 'now'}: {report.breaker.why}"
    return f"from {until}" if until else "yes"


def _notice_shape(message: "OutboxMessage") -> dict[str, str]:
    """Return what may be known of a message: never its text, nor to which number it went."""
    return {
        "correlation_id": message.message_id,
        "app_id": message.app_id,
        "bot": message.bot,
        "state": message.state.value,
        "reason": message.reason or "",
        "attempts": str(message.attempts),
        "created_at": message.created_at.isoformat(timespec="seconds"),
    }
