"""A login as a value, whichever dialect asked for it.

``Pending`` becomes ``Confirmed`` becomes ``Redeemed``; ``Pending`` may become ``Cancelled`` instead, and expiry is a
reading of the clock. A pending login may be claimed by the one account that opened its link.

Read ``login.py`` (the states, one function per transition, ``lifetime``), ``requests.py`` (what sites and people
exchange about a login), ``user_code.py`` (the code that can be typed, RFC 8628's ``user_code``) and ``errors.py``
(every way in which a login is refused). It may know apps, people and what lies below; that a login subscribes its
account is the story's business (``core.login``).
"""
