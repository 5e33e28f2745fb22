"""Lanes: each bot sends what waits for it in the outbox, at its messenger's pace, the most urgent first.

A message is leased in one unit of work, sent by one call, and settled in a second unit. A process that dies in between
has not settled: when the lease is over, the message is sent again and marked. While a bot's breaker is open, its lane
waits and keeps its messages; what a lane remembers itself changes only after a commit.

Read ``lane.py`` (the turn of a lane, and the worker over all of them), ``leases.py`` (what may go now, and what becomes
of the rest), ``attempts.py`` (a call, and how it ended), ``settling.py`` (what follows from that, in a unit),
then ``circuit_breaker.py``, ``chat_slots.py`` (a line before each chat) and ``clock_watch.py``.

It stands on ``core.sending`` and the stories below that.
"""
