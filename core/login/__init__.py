"""Login: a visitor proves in a messenger who they are, and the site gets to know it, once.

A site starts a login and shows its link; the account that opens it first holds the login, is asked in the bot, and
says yes or no. A login is pending, then confirmed or cancelled; a confirmed one is redeemed once, for a profile and a
signed token. That it has expired is a reading of the clock. The project dialect begins and ends the same logins in
another way: the yes makes an authorization code (RFC 6749), which the site's server verifies.

Read ``sign_in`` (the site's side), ``confirmation`` (the person's, in the bot), and ``completion`` (what a yes brings
about); then ``code_sign_in`` and ``code_confirmation``, the same pair for the project dialect; ``profile`` is what a
site learns, and ``lookup`` finds and swaps logins in units of work. The transitions themselves are pure functions in
``core.model.login.login``. Knows subscribers and what lies below them, and nothing of messages of apps.
"""
