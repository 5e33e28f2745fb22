"""What goes to a messenger and what comes from it, in words that fit every messenger.

Bots say a ``Message``; they hear what people do, and receipts. A message of a site is first a draft or a template with
variables, then ``Content``, which is kept; a receipt reports that it was sent, delivered, read, or failed.

Read ``message.py`` (what is said and heard), ``content.py`` (what a site wrote, as it is kept), ``template.py``
(templates and drafts), ``receipt.py``, ``payloads.py`` (what links into a bot carry) and ``bot.py`` (bots and what
their messengers can do). It may know people and text, and nothing of apps: whose a message is stands in ``sending``.
"""
