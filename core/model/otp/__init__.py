"""The nouns of one-time passwords: digits in a message that a person types into a site.

A code is active until it is guessed, used up, replaced or expired; a request by link is pending, sent or cancelled
(``code.py``).
"""
