"""A strict stand-in for the three messengers, with a phone to look at and an API that presses its buttons.

``emulator.py`` is the world: people, bots, a clock, faults to inject. ``telegram/``, ``max/`` and ``whatsapp/`` each
answer their platform's API by its real rules (``app.py``) over what that platform knows (``model.py``). ``control.py``
and its siblings are the API for tests, ``server.py`` serves it all.

It knows no other room and is met over HTTP only, by the demo, by our tests, and by those of sites.
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
