"""Background work of imaging."""

from __future__ import annotations

from uuid import UUID

from backend.common.models import Job
from backend.common.tasks import JobContext, background_task
from backend.imaging.services.ingestion import ingest_batch
from backend.imaging.services.uploads import INGEST, fail_batch


def _fail(job: Job) -> None:
    if job.subject_id is not None:
        fail_batch(batch_id=job.subject_id)


@background_task(kind=INGEST, queue="io", time_limit=3600, on_end=_fail, quotes_nothing=True)
def ingest_uploads(job: JobContext, *, batch_id: str) -> None:
    """Turn a batch's files into series; safe to run twice."""
    ingest_batch(job=job, batch_id=UUID(batch_id))
