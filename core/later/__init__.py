"""Later: what is to be sent at a time, again and again, or step by step.

A site keeps three kinds of messages here: one to a subscriber at a time (``scheduled``), one to many by a rhythm
(``recurring``), and chains of steps that a subscription, a tag, a permission or an event begins (``drips``). Each
kind has a job, and one worker runs the jobs: woken by the clock or by a bell, it puts what is due into the outbox, in
the transaction that moves its row on. A scheduled message is scheduled, sending, and at the end sent, failed or
cancelled; a recurring one waits for its next run or is in one; an enrolment in a chain stands at its next step until
it is through.

Read ``scheduled`` with ``scheduled_job``, ``recurring`` with ``recurring_job``, ``drips`` with ``enrolment`` and
``drip_job``; then ``worker``, and ``outcomes``, which hears how the messages ended. Knows sending, subscribers and
what lies below them; of broadcasts, otp and privacy, which stand beside it, nothing.
"""
