"""What goes to a messenger and what comes from it, whichever messenger.

``message.py`` (what bots say and hear), ``content.py`` (what a site wrote, as it is kept), ``template.py`` (texts with
variables, and drafts), ``payloads.py`` (what links into a bot carry), ``receipt.py`` (how far a message came),
``bot.py`` (our bots, and what a messenger is capable of).
"""
