"""Where people open the bots: a deep link for each messenger.

Known without the messenger's adapter, so that logins can be started while a messenger is down: a bot's username is
remembered from the last time it was reached.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from bots.talk import texts
from core.model.ids import BotName
from core.model.messages.bot import Bot, StartLink

_AWAY: Final = timedelta(seconds=30)
"""How long a bot must be down before pages stop offering it: a hiccup is over sooner."""


class BotLinks:
    """The links of the daemon's bots. ``add`` them at the start, ``learn`` their usernames as they are reached."""

    def __init__(self) -> None:
        self._bots: dict[BotName, Bot] = {}
        self._templates: dict[BotName, str] = {}
        self._app_templates: dict[BotName, str | None] = {}
        self._away_since: dict[BotName, datetime] = {}

    def add(self, bot: Bot, template: str, app_template: str | None = None) -> None:
        """Add a bot with its links' ``template``: ``{bot}`` is its username, ``{code}`` and ``{text}`` the login.

        ``app_template`` is that of links in the app's own scheme, where ordinary ones show a web page first.
        """
        self._bots[bot.name] = bot
        self._templates[bot.name] = template
        self._app_templates[bot.name] = app_template

    def learn(self, name: BotName, username: str) -> bool:
        """Remember what the messenger calls the bot; return whether that is news."""
        known = self._bots[name]
        self._bots[name] = replace(known, username=username)
        return known.username != username

    def username(self, name: BotName) -> str | None:
        """Return what the messenger calls the bot, as far as we know."""
        return self._bots[name].username

    def note(self, name: BotName, now: datetime, *, is_up: bool) -> None:
        """Note whether the bot is reached now."""
        if is_up:
            self._away_since.pop(name, None)
        else:
            self._away_since.setdefault(name, now)

    def is_away(self, bot: BotName, now: datetime) -> bool:
        """Tell whether the bot has not been reached for so long that no person should be sent there."""
        since = self._away_since.get(bot)
        return since is not None and now - since > _AWAY

    def bots(self) -> Sequence[Bot]:
        """List the bots."""
        return tuple(self._bots.values())

    def link(self, bot: BotName, invitation: StartLink) -> str | None:
        """Return the address that opens the bot for a login; ``None`` until the bot was first reached."""
        return self._filled(bot, self._templates[bot], invitation)

    def app_link(self, bot: BotName, invitation: StartLink) -> str | None:
        """Return the address that opens the messenger's app itself, ``None`` where ``link`` does that."""
        template = self._app_templates[bot]
        return None if template is None else self._filled(bot, template, invitation)

    def _filled(self, bot: BotName, template: str, invitation: StartLink) -> str | None:
        username = self._bots[bot].username
        if username is None:
            return None
        if "{text}" not in template:
            return template.format(bot=username, code=invitation.code)
        # Percent-encoded to the last mark: some clients show a "+" for a space as it stands.
        draft = texts.say(texts.spoken(invitation.locale), invitation.draft, code=invitation.text_code)
        return template.format(bot=username, code=invitation.code, text=quote(draft, safe=""))
