"""Broadcasts: one message to many subscribers.

A site starts a broadcast to an audience, which is counted at once and fixed bit by bit: each subscriber of it becomes
a recipient. The worker posts recipients into the outbox in their order, a few hundred ahead of what a bot can send;
from there on they are messages like others, and each that is settled is counted. A broadcast is pending, processing,
and at the end completed, cancelled or failed (when nothing moves any more); a recipient is waiting, posted, and at
the end sent, failed, skipped or cancelled.

Read ``jobs`` (the site's side), ``audience`` (who gets it), ``worker`` (one turn after the other), ``pacing`` (whose
turn it is), and ``tally`` (what became of a message). Knows sending and what lies below it; later, otp and privacy
stand beside it, and it knows none of them.
"""
