"""Toy, as the table of messengers lists it."""

from typing import Final

from bots.kind import Ground, Kind, Mark
from core.model.people.person import MessengerName
from core.ports.messengers import Messenger

from .settings import ToyBotSettings


def _build(bot: ToyBotSettings, ground: Ground) -> Messenger:
    from .adapter import Toy  # noqa: PLC0415 - as other rooms do it

    return Toy(bot, ground.session)


KIND: Final = Kind(
    name=MessengerName("toy"),
    label="Toy",
    colour="#a02c5d",
    mark=Mark("M2 2h20v20H2z", "M7 8h10M12 8v9"),
    settings=ToyBotSettings,
    hints={"api_base": "give the address of a Toy"},
    link=lambda bot: f"{bot.link_base}/{{bot}}/{{code}}",
    carries_codes=lambda _bot: True,
    summary=lambda bot: f"polling, {bot.api_base}",
    build=_build,
)
