"""The nouns of what is sent later: once (``scheduled.py``), again and again (``recurring.py``), in steps (``drip.py``).

A scheduled message is scheduled, sending, and then sent, failed or cancelled. A recurring one remembers its run. A
chain has steps, and an enrolment says at which one a subscriber is.
"""
