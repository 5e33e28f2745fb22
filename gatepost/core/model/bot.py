"""Bots: the daemon's named connections to messengers, and what a messenger tells us about ours."""

from dataclasses import dataclass

from gatepost.core.model.ids import BotName
from gatepost.core.model.person import MessengerName


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot this daemon runs; ``username`` is what its messenger calls it, ``None`` until it was first reached."""

    name: BotName
    messenger: MessengerName
    username: str | None
