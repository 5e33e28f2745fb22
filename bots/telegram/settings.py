"""The settings of a bot on Telegram."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr

from bots.settings import BotSettings, MessengerBase

_TOKEN: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]{3,}")
MESSAGES_LIMIT: Final = 10_000
"""Messages a second of a bot, for emulators that take what they can."""


def _token(secret: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(secret.get_secret_value()):
        raise ValueError("must look like 123456:ABC-def, as @BotFather gives it")
    return secret


class TelegramBotSettings(BotSettings):
    """A Telegram bot; ``messages_per_second`` is what Telegram allows it."""

    messenger: Literal["telegram"]
    token: Annotated[SecretStr, AfterValidator(_token)]
    api_base: MessengerBase = "https://api.telegram.org"
    link_base: MessengerBase = "https://t.me"
    updates: Literal["polling", "webhook"] = "polling"
    messages_per_second: Annotated[int, Field(ge=1, le=MESSAGES_LIMIT)] = 30
