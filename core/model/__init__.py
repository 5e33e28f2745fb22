"""The nouns: frozen values without ``async``, in rooms named as the stories that use them.

A noun's rules are pure functions beside it: they return the next value or refuse (``errors.py`` of its room). They are
apart from the stories because a unit of work names every repository and a repository names nouns. ``ids.py`` has the
ids as types of their own. Rooms know only those below them: ``broadcasts`` and ``later`` stand on ``sending``,
``login``, ``subscribers`` and ``webhooks``, those on ``apps`` and ``messages``, those on ``people``, ``text``,
``calendar``, ``otp`` and ``tokens``.
"""
