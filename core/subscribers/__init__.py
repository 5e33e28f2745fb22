"""Subscribers: whom an app may write to.

A subscription begins with a person's yes, to a login or to a permanent link; it gains tags and permissions, and ends
when the person leaves, blocks the bot, or is erased by their site. It is alive or ended, and one that begins again
keeps its id and tags. The site is told of each beginning and end, and stories above follow each change
(``Follower``).

Read ``subscriptions`` (one subscription's life), ``membership`` (what a person does in a bot), ``links`` (permanent
links), and ``subscribers`` (what a site sees and changes). Knows people, apps, messengers and webhooks; login,
sending and all above them stand on it.
"""
