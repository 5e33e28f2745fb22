"""The buttons that a site puts below its messages, held to what every messenger can show."""

import re
from collections.abc import Sequence
from typing import Final

from core.errors import Invalid
from core.model.messages.message import Choice, Row, UrlButton
from core.model.text.addresses import WEB, checked_address

MOST_ROWS: Final = 3
MOST_IN_ROW: Final = 3
LABEL_LIMIT: Final = 64
DATA_LIMIT: Final = 62
"""In bytes: Telegram allows 64, the lowest of the three, and two are ours."""
_UNSHOWABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def checked_buttons(rows: Sequence[Sequence[Choice | UrlButton]]) -> tuple[Row, ...]:
    """Return the rows as they are; raise ``Invalid`` that names the button which is wrong."""
    if len(rows) > MOST_ROWS or any(not 1 <= len(row) <= MOST_IN_ROW for row in rows):
        raise Invalid(f"buttons: at most {MOST_ROWS} rows, of 1 to {MOST_IN_ROW} each")
    for number, row in enumerate(rows):
        for place, button in enumerate(row):
            _check(button, f"buttons[{number}][{place}]")
    return tuple(tuple(row) for row in rows)


def _check(button: Choice | UrlButton, where: str) -> None:
    if _UNSHOWABLE.search(button.label + getattr(button, "data", "")):
        raise Invalid(f"{where}: must be one line of text")
    if not button.label.strip() or len(button.label) > LABEL_LIMIT:
        raise Invalid(f"{where}.text: must have 1 to {LABEL_LIMIT} characters")
    if isinstance(button, UrlButton):
        checked_address(button.url, WEB, f"{where}.url")
    elif not 1 <= len(button.data.encode()) <= DATA_LIMIT or button.data != button.data.strip():
        raise Invalid(f"{where}.callback_data: must have 1 to {DATA_LIMIT} bytes, and no spaces around")
