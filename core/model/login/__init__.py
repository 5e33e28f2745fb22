"""A login as a value, whichever dialect asked for it.

``Pending`` becomes ``Confirmed`` becomes ``Redeemed``; ``Pending`` may become ``Cancelled`` instead, and expiry is a
reading of the clock. Read ``login.py`` (the states, one function per transition, ``lifetime``), ``requests.py`` (what
sites and people exchange about it), ``user_code.py`` (the code that can be typed, RFC 8628's ``user_code``) and
``errors.py`` (every way in which it is refused).
"""
