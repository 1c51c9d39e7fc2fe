"""Failed jobs that somebody starts again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.common.errors import Conflict
from backend.common.models import Job, JobState
from backend.common.tasks import requeue, task_spec


class NotToRetry(Conflict):
    code = "not_to_retry"
    message = "This job cannot be started again as it was. Start what it was for anew, on its own page."


class NotFailed(Conflict):
    code = "job_not_failed"
    message = "Only a job that has failed is started again."


def may_be_retried(kind: str) -> bool:
    """Whether a failed job of this kind can simply go back in the queue.

    Not where its end was noted on what it worked on (a run, a release), which is then over as well, and not
    where this version of the site knows no such work.
    """
    try:
        return task_spec(kind).on_end is None
    except KeyError:
        return False


def retry(*, job_id: UUID) -> Job:
    """Put a failed job back in the queue, with all its attempts.

    Raises
    ------
    NotFailed, NotToRetry
    """
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state != JobState.FAILED:
            raise NotFailed
        if not may_be_retried(job.kind):
            raise NotToRetry
        job.attempts, job.progress, job.error, job.message = 0, 0.0, "", ""
        job.started_at = job.finished_at = None
        job.cancel_requested = False
        requeue(job)
    return job
