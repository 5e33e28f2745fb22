"""What Gatepost does, without wires: no HTTP, no SQL, no messenger.

A site starts a login and gets to know, once, who logged in; it writes to people, and they are reached through the
messenger they use. The rooms are named after these stories. ``model/`` has the nouns as frozen values, ``ports/`` what
is asked of the world, and the other rooms the verbs: a story is a frozen dataclass whose fields are what it needs, and
its methods run units of work (``ports/store.py``).

Read ``model/login/login.py``, ``login/``, then ``sending/`` and ``lanes/``. Here at the door are the basics that all
rooms share: ``errors.py`` (a stable code and a kind), ``clock.py``, ``entropy.py``, ``seal.py`` (what is kept secret),
``bells.py`` (how waiting ends).

It may use asyncio's primitives, jwt, cryptography, phonenumbers and cronsim; it knows no other room.
"""

__version__ = "0.1.0"
