"""The messengers that Gatepost speaks, in one table, and the settings, of which it is a part.

A new one is a room in ``bots/``, its name in ``MessengerName``, and an entry here (``docs/a-new-messenger.md``).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import bots.max.kind
import bots.telegram.kind
import bots.whatsapp.kind
from bots.kind import Kind
from bots.settings import BotSettings
from config import settings
from config.bots import Bots

KINDS: Final[tuple[Kind[Any], ...]] = (
    bots.telegram.kind.KIND,
    bots.max.kind.KIND,
    bots.whatsapp.kind.KIND,
)
"""In the order in which people and documents see them."""
BOT_TABLES: Final[Bots[BotSettings]] = Bots(BotSettings, KINDS)
Settings: TypeAlias = settings.Settings[BotSettings]
_BY_NAME: Final = {str(kind.name): kind for kind in KINDS}


def kind_of(bot: BotSettings) -> Kind[Any]:
    """Return the kind of messenger that a bot of the settings is on."""
    return _BY_NAME[bot.messenger]


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the file (``None`` = there is none) and the environment, or raise ``SettingsError``."""
    return settings.load(path, BOT_TABLES, environ)


def parse(raw: Mapping[str, Any]) -> Settings:
    """Check settings that are at hand already, as TOML would give them, or raise ``SettingsError``."""
    return settings.parse(raw, BOT_TABLES)
