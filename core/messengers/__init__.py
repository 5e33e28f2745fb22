"""Messengers: what they tell us, and the links by which people come in.

An update is kept, sealed, before its messenger hears that we have it; it is worked on afterwards, once, and its body
is erased then (``inbox``). A site's visitors come by links, one for each messenger that the app has a bot of
(``start_links``). A story of the lowest floor: it knows ports, model and basics, and no other story. What an update
means is read in ``bots.talk``.
"""
