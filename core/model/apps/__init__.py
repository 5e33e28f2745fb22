"""Apps: the sites that use this Gatepost, what they may do, and how they present themselves.

An app is enabled or not. Its allow-lists say which pages may use it and where its visitors may be sent; its keys are
kept as digests, and one that is rotated out stays valid for a while. For the project dialect an app has tags,
permissions and texts of its own.

Read ``app.py`` (an app, where it may send people, its logo, its keys), then ``project.py`` (settings, tags,
permissions); ``errors.py`` has the refusals. It may know calendar (quiet hours, time zones) and text (markup in its
texts), and nothing of logins, messages or subscribers.
"""
