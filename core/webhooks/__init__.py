"""Webhooks: what sites are told.

When something happens, its own transaction keeps a note for each endpoint of the app that wants to know: a delivery,
sealed. The dispatcher posts deliveries to their endpoints, each until it is delivered or its attempts are over. A
delivery is waiting, then delivered or failed; an endpoint that fails for long is disabled until its site or the
operator enables it.

Read ``publisher`` (what is told), ``dispatcher`` (how it is sent), and ``endpoints`` (where to, and the log). A story
of the lowest floor: it knows ports, model and basics, and no other story. The POST itself, and which addresses it
trusts, are in the package ``webhooks``.
"""
