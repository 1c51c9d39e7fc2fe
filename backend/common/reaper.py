"""The reaper: finds background jobs whose worker or message was lost, and brings them on."""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.common.models import Job, JobState
from backend.common.tasks import end_job, fail_job, requeue, send

RESEND_SECONDS = 20.0  # a queued job older than this with an empty queue has lost its message


def requeue_expired() -> int:
    """Put back running jobs whose lease ran out, fail those tried too often, resend lost ones.

    Returns the number of jobs touched. Safe to run at any time and from several processes.
    """
    now = timezone.now()
    touched = 0
    expired = Job.objects.filter(state=JobState.RUNNING, lease_expires_at__lt=now).values_list(
        "pk", flat=True
    )
    for job_id in list(expired):
        with transaction.atomic():
            job = (
                Job.objects.select_for_update()
                .filter(pk=job_id, state=JobState.RUNNING, lease_expires_at__lt=now)
                .first()
            )
            if job is None:
                continue
            touched += 1
            if job.cancel_requested:
                end_job(job, JobState.CANCELLED)
            elif job.attempts >= job.max_attempts:
                fail_job(job, "The worker was lost too often.")
            else:
                requeue(job)
    return touched + _resend_lost(now - timedelta(seconds=RESEND_SECONDS))


def _resend_lost(before: datetime) -> int:
    """Send again the messages of jobs that wait although their queue is empty (a lost or flushed broker)."""
    waiting = Job.objects.filter(state=JobState.QUEUED, updated_at__lt=before)
    resent = 0
    for queue in waiting.order_by().values_list("queue", flat=True).distinct():
        if settings.VERTEBASE_JOBS_INLINE or queue_length(queue) > 0:
            continue
        for job_id in list(waiting.filter(queue=queue).values_list("pk", flat=True)):
            if Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(updated_at=timezone.now()):
                send(job_id)
                resent += 1
    return resent


def queue_length(queue: str) -> int:
    """Messages that wait in a broker queue (those that a worker holds are not counted)."""
    with current_app.connection_for_write() as broker:
        return int(broker.default_channel.client.llen(queue))


def expire_all_leases() -> int:
    """Let every running job be taken again at once: for the supervisor, which knows that no worker lives."""
    running = Job.objects.filter(state=JobState.RUNNING)
    return running.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
