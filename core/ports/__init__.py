"""What the core asks of the world, a page a story: protocols, and the refusals that they may raise.

``store.py`` comes first: two doors (``write``, ``read``) and the unit of work, which names every repository. The pages
named as the stories say what one transaction can find, keep and change; not found is ``None``, a change of state is a
compare-and-swap that says whether it won. ``messengers.py`` and ``webhooks.py`` also ask for the way out.

It knows the nouns (``core.model``) and the basics. ``storage``, ``bots`` and ``webhooks`` keep these promises; tests
use the real ones.
"""
