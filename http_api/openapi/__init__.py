"""The published description: OpenAPI 3.1, made of the routes that are served and the models that check their bodies.

A ``Dialect`` is a list of routes and what these do not say by themselves: the prefix, which refusals any of them may
give, how a refusal looks, and what sites are told unasked. ``document.py`` makes the paths of all dialects,
``webhooks.py`` the calls to sites, ``shapes.py`` the components of all models. The names of components are those of
classes; tools that read the description know them, so they stay, and no two are the same.

Read ``operation.py``, ``project.py``, ``events.py``, ``site.py``, ``shapes.py``, ``webhooks.py``, ``document.py``.

It may know the dialects' routes, codes and words, and the core's events; only ``docs/`` imports it, at the first
request, since a start can do without.
"""
