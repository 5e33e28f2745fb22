"""Subscribers: people who agreed that an app may write to them.

A subscription is alive from consent until its end, and may be begun again under the same id. It has tags, permissions,
an id of the site's own, and names that are sealed and erased with its end. A subscriber is a living subscription as
its site sees it.

Read ``subscription.py``, then ``subscriber.py``. It may know apps (limits of what a site may write), people and what
lies below, and nothing of logins or messages.
"""
