"""Where messengers call us, and the secrets that only they are told: all derived from the master key, none is kept."""

from core.model.ids import BotName
from core.seal import Seal


def hook_secret(seal: Seal, bot: BotName) -> str:
    """Return the secret part of a bot's webhook path: 64 hex characters."""
    return seal.derived_secret(f"hook path {bot}")


def hook_address(public_url: str, seal: Seal, bot: BotName) -> str:
    """Return the address a bot's messenger is to post to."""
    return f"{public_url}/hooks/{bot}/{hook_secret(seal, bot)}"


def header_secret(seal: Seal, bot: BotName) -> str:
    """Return what a messenger must send along in a header: 64 hex characters."""
    return seal.derived_secret(f"hook header {bot}")


def verify_token(seal: Seal, bot: BotName) -> str:
    """Return what a messenger must know when it asks whether the address is ours: 64 hex characters."""
    return seal.derived_secret(f"hook verify {bot}")
