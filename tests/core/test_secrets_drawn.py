"""How much chance is in what must not be guessed."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from core.entropy import Entropy, hex_id, link_code
from core.model.apps.app import KeyKind, draw_key
from core.model.login.user_code import ALPHABET, draw_user_code
from core.model.webhooks.signature import draw_secret


class CountingEntropy:
    """A source that gives the same each time it begins from the same number, and remembers how much it gave."""

    def __init__(self, first: int) -> None:
        self._next = first
        self.given = 0

    def octets(self, count: int) -> bytes:
        """Return the next bytes, 32 at most."""
        self.given += count
        self._next += 1_000_000
        return sha256(self._next.to_bytes(8)).digest()[:count]


@pytest.mark.parametrize(
    ("draw", "bits", "letters"),
    [
        (hex_id, 96, 16),
        (link_code, 128, 64),
        (draw_user_code, 60, len(ALPHABET)),
        (lambda entropy: draw_key(KeyKind.LIVE, entropy).removeprefix("gp_live_")[:26], 154, 62),
        (lambda entropy: draw_secret(entropy).removeprefix("whsec_").rstrip("="), 256, 64),
    ],
    ids=["session id", "link", "typed code", "key", "webhook secret"],
)
def test_secrets_have_as_many_random_bits_as_is_said(draw: Callable[[Entropy], str], bits: int, letters: int) -> None:
    """T8, T9: so much is drawn, so long is the text, no two of a thousand are alike."""
    entropy = CountingEntropy(1)
    drawn = draw(entropy)
    assert entropy.given * 8 >= bits
    assert letters ** len(drawn) >= 2**bits
    many = [draw(CountingEntropy(number)) for number in range(1, 1000)]
    assert len(set(many)) == len(many)
