"""The HTTP facade: a handler reads, makes one call into the core, and words the answer.

There are two dialects. ``site/`` is ``/api/v1`` and the hosted login page, for sites' pages and visitors' browsers;
``project/`` is ``/v1``, for sites' servers. Each lists its routes as values (``Route``) and has a *voice*: the one
middleware that makes a router of the list, asks who calls, and words refusals. ``openapi/`` describes the same lists at
``/openapi.json``, and ``docs/`` shows that as pages. A list that is added is described by one more ``Dialect``.

Read ``route.py`` (what a route is), ``voice.py`` (what both voices say alike), ``app.py`` (the whole application), then
a dialect. ``clients.py``, ``geo.py``, ``limits.py``, ``progress.py`` and ``words.py`` serve both; What
every connection and request passes first is ``door.py`` and ``threshold.py``; ``unknown.py`` is what is done with
fields that a route does not know, ``routing.py`` sees that each route says it. ``health.py``,
``metrics.py``, ``hooks.py`` (where messengers call) and ``files.py`` answer what belongs to neither.

It may know ``core`` and its ports, never ``storage``, ``bots`` or settings: handlers take plain arguments.
"""
