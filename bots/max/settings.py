"""The settings of a bot on MAX."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from bots.settings import BotSettings, LinkTemplate, MessengerBase

_TERMS: Final = (
    "MAX's rules forbid messages that carry or start the transfer of codes, links or tokens for logging in to "
    "third-party sites unless your contract with MAX allows it, and let a phone number be used inside the bot only; "
    "you answer for having such a contract. Set terms_acknowledged = true once you have read and settled that: see "
    "docs/operations.md"
)


def _acknowledged(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it
    if not value:
        raise ValueError(_TERMS)
    return value


class MaxBotSettings(BotSettings):
    """A MAX bot. ``ca_file`` holds CA certificates trusted for it only; ``None`` = what the system trusts.

    ``allows_one_time_codes`` = the operator's contract lets the bot send such codes, which MAX's rules forbid.
    """

    messenger: Literal["max"]
    api_base: MessengerBase = "https://platform-api2.max.ru"
    ca_file: Path | None = None
    link_template: LinkTemplate = "https://max.ru/{bot}?start={code}"
    updates: Literal["webhook", "polling"] = "webhook"
    terms_acknowledged: Annotated[bool, AfterValidator(_acknowledged), Field(validate_default=True)] = False
    allows_one_time_codes: bool = False
