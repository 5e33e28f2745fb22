"""The project dialect, ``/v1``, as ``docs/project-api.md`` describes it, for sites' servers with their project's key.

A handler is given a ``Call``: who calls, the path's parts, and a body or query that has been checked already. It makes
one call into the core and returns a body. ``voice.py`` does the rest in one place: the key, the limits, the test key's
bounds, ``Idempotency-Key``, and refusals in Russian or English. ``codes.py`` says what each refusal of the core is
called here. The names of the bodies' classes are published (``openapi``), so they stay.

Read ``call.py``, ``voice.py``, ``codes.py``, then a story: ``auth``, ``subscribers``, ``send``, ``otp``,
``deliveries``, ``broadcasts``, ``templates``, ``scheduled``, ``recurring``, ``drips``, ``settings``, ``webhooks``.
Shapes that are long stand beside their story (``*_shapes``); ``content_shapes`` serves several.

It may know ``core`` and what ``http_api`` has for all dialects, never ``site/``, ``openapi/`` or ``docs/``.
"""
