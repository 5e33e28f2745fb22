"""What a chore is at, so that one bad row is put off and the others go on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.ports.store import Unit

PUT_OFF: Final = timedelta(minutes=5)
"""How long what went wrong is left alone before it is tried again."""


@dataclass(slots=True)
class Mark:
    """Kept up to date by a chore while it works.

    Its work is rolled back when it raises; then ``put_off``, in a transaction of its own, gets what it was at out of
    the way. ``None`` = it was at nothing in particular.
    """

    put_off: Callable[[Unit], None] | None = None
