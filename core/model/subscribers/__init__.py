"""The nouns of subscribers: an app may write to an account (``subscription.py``); how its site sees that.

A subscription lives from consent to its end, with tags, permissions, an id of the site's, and names sealed as long as
it lives.
"""
