"""What all tables of the settings are made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from config import addresses

Limit = Annotated[int, Field(ge=0)]
"""0 = no limit."""
MessengerBase = Annotated[str, AfterValidator(addresses.messenger_base)]


class Section(BaseModel):
    """A table of the settings: never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
