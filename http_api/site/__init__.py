"""The site dialect, ``/api/v1``, as ``docs/site-api.md`` describes it, and the hosted login page.

A site's page starts a login and polls it without a key, so answers are shared with the pages of the app's origins only
(CORS). A poll may be held until something changes. Once the login is confirmed, one caller gets the signed token. With
the app's message token, a site's server writes to people by phone. ``pages.py`` is the same login for a visitor who
comes by a link, with the widget or, without JavaScript, by forms.

Read ``shapes.py`` (what sites send), ``answers.py`` (what they get), ``handlers.py`` (logins, and the keys that verify
tokens), ``messages.py``, ``voice.py``, then ``pages.py``; ``qr.py`` draws the links. Texts are in ``locales/``.

It may know ``core`` and what ``http_api`` has for all dialects, never ``project/``, ``openapi/`` or ``docs/``.
"""
