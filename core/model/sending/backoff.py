"""When to try again: pauses that grow, spread at random, so that those who failed together do not return together."""

from datetime import timedelta
from typing import Final

from core.entropy import Entropy, below

_FIRST: Final = timedelta(seconds=2)
_LONGEST: Final = timedelta(minutes=10)
_STEPS: Final = 1000


def pause(failures: int, asked: timedelta, entropy: Entropy) -> timedelta:
    """Return how long to wait after so many ``failures`` in a row: never less than was ``asked`` for.

    The rest is full jitter: anything up to twice two seconds, four, eight, and so on to ten minutes.
    """
    ceiling = min(_FIRST * 2 ** min(failures, 20), _LONGEST)
    jitter = ceiling * below(entropy, _STEPS) / _STEPS
    return max(asked, jitter if failures > 1 else asked)
