"""Background work of this app."""

from __future__ import annotations

from uuid import UUID

from backend.common.tasks import JobContext, background_task
from backend.releases.services.building import FREEZE_KIND, run_freeze


@background_task(kind=FREEZE_KIND, queue="io", time_limit=6 * 3600)
def freeze(job: JobContext, release_id: str) -> None:
    """Write, check and freeze a release."""
    run_freeze(job=job, release_id=UUID(release_id))
