"""The pages that developers read: ``/docs``, what can be asked for, and ``/docs/errors``, what each code means.

They are made of the OpenAPI document alone, so they cannot tell anything else than ``/openapi.json``. Each page is made
at the first request for it in a language, and kept. It runs no script and loads nothing from elsewhere.

Read ``pages.py`` (the routes, and how long an answer is good), ``reading.py`` (operations, with a call by curl),
``schema.py`` (JSON Schema as rows of a table, and examples). Texts are in ``locales/``, ``templates/`` has the HTML.

It may know ``openapi/``, the lists of routes, and the project dialect's codes and their words.
"""
