"""The reaper: finds background jobs whose worker or message was lost, and brings them on."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.common.models import Job, JobState
from backend.common.tasks import BROKER_GONE, end_job, fail_job, lease_over, longest_lease, requeue, send

logger = logging.getLogger(__name__)

CLOCK_SLACK = timedelta(seconds=30)  # by which the clocks of two machines may differ
RESEND_SECONDS = 20.0  # a queued job older than this with an empty queue has lost its message


def requeue_expired() -> int:
    """Put back running jobs whose lease ran out, fail those tried too often, resend lost ones.

    Returns the number of jobs touched. Safe to run at any time and from several processes.
    """
    now = timezone.now()
    touched = _bound_leases(now)
    for job_id in list(Job.objects.filter(lease_over(now)).values_list("pk", flat=True)):
        try:
            touched += _take_back(job_id, now)
        except Exception:  # its end cannot be noted: the next sweep tries again, the others do not wait
            logger.exception("job %s was lost and could not be put back", job_id)
    return touched + _resend_lost(now - timedelta(seconds=RESEND_SECONDS))


def _bound_leases(now: datetime) -> int:
    """Shorten leases that no worker with a right clock writes: else their jobs would wait for that day.

    A worker that lives renews its lease long before the shortened one runs out.
    """
    longest = longest_lease()
    ahead = Job.objects.filter(state=JobState.RUNNING, lease_expires_at__gt=now + longest + CLOCK_SLACK)
    return ahead.update(lease_expires_at=now + longest)


@transaction.atomic
def _take_back(job_id: UUID, now: datetime) -> bool:
    job = Job.objects.select_for_update().filter(lease_over(now), pk=job_id).first()
    if job is None:
        return False
    if job.cancel_requested:
        end_job(job, JobState.CANCELLED)
    elif job.attempts >= job.max_attempts:
        fail_job(job, "The worker was lost too often.")
    else:
        requeue(job)
    return True


def _resend_lost(before: datetime) -> int:
    """Send again the messages of jobs that wait although their queue is empty (a lost or flushed broker)."""
    waiting = Job.objects.filter(state=JobState.QUEUED, updated_at__lt=before)
    resent = 0
    for queue in waiting.order_by().values_list("queue", flat=True).distinct():
        try:
            if settings.VERTEBASE_JOBS_INLINE or queue_length(queue) > 0:
                continue
        except BROKER_GONE as exc:
            logger.warning("jobs wait for the broker: %s", exc)
            return resent
        for job_id in list(waiting.filter(queue=queue).values_list("pk", flat=True)):
            if Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(updated_at=timezone.now()):
                resent += send(job_id)
    return resent


def queue_length(queue: str) -> int:
    """Messages that wait in a broker queue (those that a worker holds are not counted)."""
    with current_app.connection_for_write() as broker:
        return int(broker.default_channel.client.llen(queue))


def expire_all_leases() -> int:
    """Let every running job be taken again at once: for the supervisor, which knows that no worker lives."""
    running = Job.objects.filter(state=JobState.RUNNING)
    return running.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
