"""What is sent later: at a time, again and again, or in steps after something happened.

A scheduled message is scheduled, then sending, and then sent, failed or cancelled. A recurring message has a run while
its audience is being written to. A drip chain has steps, and an enrolment is one subscriber's way through them.

Read ``scheduled.py``, ``recurring.py``, ``drip.py``. It may know subscribers (who is meant), messages (drafts),
calendar (recurrences) and what lies below, and nothing of broadcasts.
"""
