"""A strict stand-in for the messengers' bot APIs and for the phones of the people who use them. See docs/emulator.md.

It knows nothing of the rest of Gatepost and meets it over HTTP only.
"""

from gatepost.emulator.emulator import Emulator, SharedContact
from gatepost.emulator.errors import ImpossibleError
from gatepost.emulator.faults import Fault
from gatepost.emulator.server import create_app, serve

__all__ = ["Emulator", "Fault", "ImpossibleError", "SharedContact", "create_app", "serve"]
