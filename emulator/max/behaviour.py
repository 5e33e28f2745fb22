"""Where documents and reports about MAX disagree, as switches: a bot must get along with each of them."""

from dataclasses import dataclass
from typing import Literal

ExistingDialog = Literal["bot_started", "text", "nothing"]


@dataclass(slots=True)
class Behaviour:
    """How the platform behaves where it is not certain.

    `existing_dialog` is what a deep link does in a dialog that is started already: START and bot_started again, a text
    "/start <payload>" at once, or nothing. With `callbacks_lack_message` callbacks carry null for the message, with
    `empty_polls_lack_marker` an empty answer to a poll carries null for the marker.
    """

    existing_dialog: ExistingDialog = "bot_started"
    callbacks_lack_message: bool = False
    empty_polls_lack_marker: bool = False
