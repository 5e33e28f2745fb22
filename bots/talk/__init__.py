"""The one brain of all bots: what is said to people, whatever the messenger.

A person opens a link, taps a button, shares a contact or writes; ``conversation.py`` sends it to one of three talks and
keeps within the messenger's capabilities. ``login.py`` asks the question of a login and takes its answer,
``subscriptions.py`` lists, ends and words what a person gets, ``codes.py`` hands one-time codes out by link.
``prompts.py`` and ``code_words.py`` word messages, ``replies.py`` sends them within the budget of a metered messenger,
``texts.py`` finds the sentences in ``locales/``.

It knows ``core`` and no platform.
"""
