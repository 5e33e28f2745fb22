"""The master key of tests that open a store of their own."""

from typing import Final

from core.entropy import SystemEntropy
from core.seal import Seal

SEAL: Final = Seal(bytes(range(32)), SystemEntropy())
