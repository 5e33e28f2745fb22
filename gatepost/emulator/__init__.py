"""A strict stand-in for the messengers' bot APIs and for the phones of the people who use them. See docs/emulator.md.

It knows nothing of the rest of Gatepost and meets it over HTTP only.
"""

from gatepost.emulator.emulator import Emulator, SharedContact
from gatepost.emulator.errors import ImpossibleError
from gatepost.emulator.faults import Fault
from gatepost.emulator.server import create_app, serve
from gatepost.emulator.whatsapp.contacts import WhatsAppContact
from gatepost.emulator.whatsapp.model import Template

__all__ = [
    "Emulator",
    "Fault",
    "ImpossibleError",
    "SharedContact",
    "Template",
    "WhatsAppContact",
    "create_app",
    "serve",
]
