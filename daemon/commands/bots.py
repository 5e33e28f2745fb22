"""``gatepost bots``: the bots of the settings, and what their messengers have to be told by hand."""

from typing import TYPE_CHECKING

from daemon.commands.settings import AsJson, ConfigFile, with_admin
from daemon.commands.tables import print_json, print_pairs, say

if TYPE_CHECKING:
    from daemon.wiring import Admin, BotEntry


def bots(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the bots; for WhatsApp with the webhook and verify token to enter in Meta's dashboard. Both are secrets."""

    async def find(admin: "Admin") -> "list[BotEntry]":
        return await admin.bots()

    entries = with_admin(config, find)
    if as_json:
        print_json([_fields(entry) for entry in entries])
        return
    for entry in entries:
        print_pairs({key.replace("_", " "): value for key, value in _fields(entry).items() if value})
        if entry.dashboard is not None:
            place, task = entry.dashboard.name, entry.dashboard.task
            say(f"\nEnter the webhook and its verify token in {place}, and {task}.")
        say()
    if not entries:
        say("There is no bot yet: add one under [[bots]] in the settings.")


def _fields(entry: "BotEntry") -> dict[str, str | None]:
    return {
        "bot": entry.bot.name,
        "messenger": entry.bot.messenger.value,
        "username": entry.bot.username or "not known until the daemon has reached it",
        "webhook": entry.webhook,
        "verify_token": entry.verify_token,
    }
