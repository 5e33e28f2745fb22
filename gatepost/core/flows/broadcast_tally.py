"""A broadcast's message is settled: its recipient, and the broadcast's counts, move on in the same transaction."""

from datetime import datetime

from gatepost.core.model import broadcast as jobs
from gatepost.core.model.ids import JobId
from gatepost.core.model.notice import Notice
from gatepost.core.ports import Unit


def count_in(unit: Unit, job_id: JobId, notice: Notice, now: datetime) -> None:
    """Note what became of a message of the broadcast; what was forgotten already is let be."""
    job = unit.broadcasts.by_id(job_id)
    before = unit.broadcasts.recipient_of(job_id, notice.notice_id)
    if job is None or before is None:
        return
    after = jobs.settled(before, notice, now)
    unit.broadcasts.put_recipient(job_id, after)
    unit.broadcasts.put(jobs.moved(job, before.state, after.state))
