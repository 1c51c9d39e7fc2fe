"""Background work of this app."""

from __future__ import annotations

from uuid import UUID

from backend.common.models import Job
from backend.common.tasks import JobContext, background_task
from backend.releases.services.building import FREEZE_KIND, fail_release, run_freeze


def _fail(job: Job) -> None:
    if job.subject_id is not None:
        error = job.error or "The building was cancelled before the release was frozen."
        fail_release(release_id=job.subject_id, error=error)


@background_task(kind=FREEZE_KIND, queue="io", time_limit=6 * 3600, on_end=_fail)
def freeze(job: JobContext, release_id: str) -> None:
    """Write, check and freeze a release."""
    run_freeze(job=job, release_id=UUID(release_id))
