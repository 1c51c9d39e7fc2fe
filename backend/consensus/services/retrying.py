"""Comparisons and fusions that failed: started again by a manager, or after a while by the sweep."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.models import Task
from backend.common.errors import NotFound
from backend.common.models import Job, JobState
from backend.consensus.models import Comparison, Fusion
from backend.consensus.services.comparing import COMPARE_KIND, NothingFailed, retry_comparison
from backend.consensus.services.fusing import FUSE_KIND, start_fusion

# The sweep waits this long after a failure and gives up after so many tries; a person may go on trying.
RETRY_AFTER = timedelta(hours=1)
MAX_TRIES = 3


def failed_fusions(comparison: Comparison) -> list[Job]:
    """The last try of each fusion that was asked for, failed, and has not been made since; oldest first."""
    latest: dict[str, Job] = {}
    for job in Job.objects.filter(kind=FUSE_KIND, subject_id=comparison.pk).order_by("created_at"):
        latest[_wanted(job)] = job
    made = [(fusion.method, fusion.parameters) for fusion in Fusion.objects.filter(comparison=comparison)]
    return [
        job
        for job in latest.values()
        if job.state == JobState.FAILED and (job.arguments["method"], job.arguments["parameters"]) not in made
    ]


def _wanted(job: Job) -> str:
    return f"{job.arguments['method']} {sorted(job.arguments['parameters'].items())}"


@transaction.atomic
def retry_fusion(*, comparison: Comparison, job_id: UUID, actor: User | None) -> Job:
    """Start a failed fusion again with the same parameters.

    Raises
    ------
    NotFound, NothingFailed
        No such fusion; it has not failed, or was started again already.
    """
    Task.objects.select_for_update().get(pk=comparison.task_id)
    job = Job.objects.filter(pk=job_id, kind=FUSE_KIND, subject_id=comparison.pk).first()
    if job is None:
        raise NotFound
    if job.pk not in {failed.pk for failed in failed_fusions(comparison)}:
        raise NothingFailed
    return start_fusion(
        comparison=comparison,
        method=job.arguments["method"],
        parameters=job.arguments["parameters"],
        choose=job.arguments["choose"],
        requested_by=actor,
    )


def retry_failed(*, now: datetime) -> int:
    """What the sweep does: start again what failed a while ago and not too often. Returns how many."""
    return _retry_comparisons(now) + _retry_fusions(now)


def _retry_comparisons(now: datetime) -> int:
    started = 0
    failed = Comparison.objects.filter(state=JobState.FAILED, updated_at__lt=now - RETRY_AFTER)
    for pk in list(failed.values_list("pk", flat=True)):
        if Job.objects.filter(kind=COMPARE_KIND, subject_id=pk).count() < MAX_TRIES:
            retry_comparison(comparison_id=pk, actor=None)
            started += 1
    return started


def _retry_fusions(now: datetime) -> int:
    started = 0
    recent: Any = Job.objects.filter(kind=FUSE_KIND, state=JobState.FAILED, updated_at__lt=now - RETRY_AFTER)
    for comparison in Comparison.objects.filter(pk__in=recent.values("subject_id").distinct()):
        for job in failed_fusions(comparison):
            tries = Job.objects.filter(
                kind=FUSE_KIND, subject_id=comparison.pk, arguments__method=job.arguments["method"]
            )
            if job.updated_at < now - RETRY_AFTER and tries.count() < MAX_TRIES:
                retry_fusion(comparison=comparison, job_id=job.pk, actor=None)
                started += 1
    return started
