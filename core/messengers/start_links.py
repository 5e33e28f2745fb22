"""The links by which people get to an app's bots: Telegram calls them deep links with a ``start`` payload."""

from datetime import datetime

from core.model.apps.app import App
from core.model.messages.bot import Bot, StartLink
from core.model.messages.errors import BotsUnavailable, NoBotsConfigured
from core.model.people.person import MessengerName
from core.ports.messengers import Links

ByMessenger = dict[MessengerName, str]


def start_links(links: Links, app: App, start_link: StartLink, now: datetime) -> tuple[ByMessenger, ByMessenger]:
    """Return the links, and the links that open messengers' apps, of the app's first bot of each messenger.

    A bot that is away is passed over while another is not. Raises ``NoBotsConfigured`` or ``BotsUnavailable``.
    """
    mine = _bots_of(links, app)
    mine = [bot for bot in mine if not links.is_away(bot.name, now)] or mine
    linked = _links(links, mine, start_link)
    if not linked:
        raise BotsUnavailable
    app_links = {bot.messenger: links.app_link(bot.name, start_link) for bot, _ in linked.values()}
    return (
        {messenger: link for messenger, (_, link) in linked.items()},
        {messenger: link for messenger, link in app_links.items() if link is not None},
    )


def lasting_start_links(links: Links, app: App, start_link: StartLink) -> ByMessenger:
    """Return the links that a site may print: those of bots that are away now too, none of bots never reached.

    Raises ``NoBotsConfigured``.
    """
    return {messenger: link for messenger, (_, link) in _links(links, _bots_of(links, app), start_link).items()}


def _bots_of(links: Links, app: App) -> list[Bot]:
    running = {bot.name: bot for bot in links.bots()}
    mine = [running[name] for name in app.bots if name in running]
    if not mine:
        raise NoBotsConfigured
    return mine


def _links(links: Links, bots: list[Bot], start_link: StartLink) -> dict[MessengerName, tuple[Bot, str]]:
    """Return each messenger's first bot that can be linked to, and its link."""
    linked: dict[MessengerName, tuple[Bot, str]] = {}
    for bot in bots:
        link = links.link(bot.name, start_link)
        if link is not None:
            linked.setdefault(bot.messenger, (bot, link))
    return linked
