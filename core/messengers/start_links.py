"""The links by which people get to an app's bots."""

from datetime import datetime

from core.model.apps.app import App
from core.model.messages.bot import Bot, StartLink
from core.model.messages.errors import BotsUnavailable, NoBotsConfigured
from core.model.people.person import MessengerName
from core.ports.messengers import Links

ByMessenger = dict[MessengerName, str]


def ways_in(links: Links, app: App, invitation: StartLink, now: datetime) -> tuple[ByMessenger, ByMessenger]:
    """Return the links, and the links that open messengers' apps, of the app's first bot of each messenger.

    A bot that is away is passed over while another is not. Raises ``NoBotsConfigured`` or ``BotsUnavailable``.
    """
    mine = _bots_of(links, app)
    mine = [bot for bot in mine if not links.is_away(bot.name, now)] or mine
    found = _links(links, mine, invitation)
    if not found:
        raise BotsUnavailable
    app_links = {bot.messenger: links.app_link(bot.name, invitation) for bot, _ in found.values()}
    return (
        {messenger: link for messenger, (_, link) in found.items()},
        {messenger: link for messenger, link in app_links.items() if link is not None},
    )


def lasting_ways_in(links: Links, app: App, invitation: StartLink) -> ByMessenger:
    """Return the links that a site may print: those of bots that are away now too, none of bots never reached."""
    return {messenger: link for messenger, (_, link) in _links(links, _bots_of(links, app), invitation).items()}


def _bots_of(links: Links, app: App) -> list[Bot]:
    running = {bot.name: bot for bot in links.bots()}
    mine = [running[name] for name in app.bots if name in running]
    if not mine:
        raise NoBotsConfigured
    return mine


def _links(links: Links, bots: list[Bot], invitation: StartLink) -> dict[MessengerName, tuple[Bot, str]]:
    """Return each messenger's first bot that can be linked to, and its link."""
    found: dict[MessengerName, tuple[Bot, str]] = {}
    for bot in bots:
        link = links.link(bot.name, invitation)
        if link is not None:
            found.setdefault(bot.messenger, (bot, link))
    return found
