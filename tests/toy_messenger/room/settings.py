"""The settings of a bot on Toy."""

from typing import Literal

from bots.settings import BotSettings, MessengerBase


class ToyBotSettings(BotSettings):
    """A Toy bot."""

    messenger: Literal["toy"]
    api_base: MessengerBase
    link_base: MessengerBase = "https://toy.example"
