"""One-time passwords: digits in a message, for sites that ask for them.

A site sends a code to a subscriber and later asks whether what its visitor typed is it (``codes``); or it shows a
link, and the person who opens it gets the code (``requests``). A code lives until it is guessed, its guesses are used
up, its time is over, or a newer one of the same purpose takes its place; a request is pending, sent, cancelled or
expired. The digits are computed from the code's id and stored as a digest; the message's text is erased when it is
settled. The authorization code in which a login of the project dialect ends is another thing: see ``core.login``.

Read ``issuing`` (a code and its message), ``codes``, ``requests``, and ``outcomes`` (what becomes of the message).
Knows sending, subscribers and what lies below them; of broadcasts, later and privacy, which stand beside it, nothing.
"""
