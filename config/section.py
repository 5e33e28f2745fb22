"""What all tables of the settings are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Limit = Annotated[int, Field(ge=0)]
"""0 = no limit."""


class Section(BaseModel):
    """A table of the settings: never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
