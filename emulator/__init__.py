"""A strict stand-in for the messengers' bot APIs and for the phones of the people who use them. See docs/emulator.md.

It knows nothing of the rest of Gatepost and meets it over HTTP only.
"""

from emulator.emulator import Emulator, SharedContact
from emulator.errors import ImpossibleError
from emulator.faults import Fault
from emulator.server import create_app, serve
from emulator.whatsapp.contacts import WhatsAppContact
from emulator.whatsapp.model import Template

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
