"""What imaging does when a job ends badly."""

from __future__ import annotations

from backend.common.events import JobChanged, JobFailed, subscribe
from backend.common.models import JobState
from backend.imaging.services import INGEST, fail_batch


@subscribe(JobFailed)
def on_job_failed(event: JobFailed) -> None:
    if event.kind == INGEST and event.subject_id is not None:
        fail_batch(batch_id=event.subject_id)


@subscribe(JobChanged)
def on_job_cancelled(event: JobChanged) -> None:
    if event.kind == INGEST and event.state == JobState.CANCELLED and event.subject_id is not None:
        fail_batch(batch_id=event.subject_id)
