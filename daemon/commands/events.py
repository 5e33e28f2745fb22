"""``gatepost events``: what happened to people that an operator should know."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.commands.settings import AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_rows, say

if TYPE_CHECKING:
    from core.model.people.person import PhoneEvent
    from daemon.wiring import Admin


def events(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the newest events of the last 30 days: phone.moved when a number was proved by somebody else's account."""

    async def find(admin: "Admin") -> "Sequence[PhoneEvent]":
        return await admin.events.latest(limit)

    found = with_admin(config, find)
    if as_json:
        print_json(
            [
                {
                    "event_id": event.event_id,
                    "kind": event.kind.value,
                    "at": event.at.isoformat(),
                    "messenger": event.messenger.value,
                    "person_id": event.person_id,
                    "former_person_id": event.former_person_id,
                }
                for event in found
            ]
        )
        return
    if not found:
        say("Nothing has happened in the last 30 days.")
        return
    print_rows(
        ("at (UTC)", "event", "messenger", "person", "was"),
        [
            (f"{event.at:%Y-%m-%d %H:%M}", event.kind, event.messenger, event.person_id, event.former_person_id)
            for event in found
        ],
    )
