"""People: the accounts that proved one phone number.

An account is one user of one of our bots; it is made when they first speak, and it is reachable until the messenger
says otherwise. Accounts that proved the same phone line belong to one person, across messengers; when a second
account of a messenger proves a line, the line has moved, and the former holder loses it.

Read ``accounts``, then ``names`` (what a subscriber is called) and ``events`` (phones that joined or moved, for the
operator). Knows webhooks, to tell sites of a moved phone; above it stand subscribers, login and sending.
"""
