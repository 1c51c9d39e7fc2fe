"""Background work of this app."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.accounts.models import User
from backend.common.models import Job, JobState
from backend.common.tasks import JobContext, background_task
from backend.consensus.services.comparing import COMPARE_KIND, end_comparison, run_comparison
from backend.consensus.services.fusing import FUSE_KIND, run_fusion


def _end(job: Job) -> None:
    if job.subject_id is not None:
        end_comparison(comparison_id=job.subject_id, state=JobState(job.state), error=job.error)


@background_task(kind=COMPARE_KIND, queue="cpu", time_limit=3600, on_end=_end)
def compare(job: JobContext, comparison_id: str) -> None:
    """Compare the submissions of a task."""
    job.progress(0.0, "Comparing the raters")
    run_comparison(comparison_id=UUID(comparison_id))


@background_task(kind=FUSE_KIND, queue="cpu", time_limit=3600)
def fuse_masks(
    job: JobContext, comparison_id: str, method: str, parameters: dict[str, Any], choose: bool
) -> None:
    """Fuse the masks of a comparison."""
    job.progress(0.0, f"Fusing by {method}")
    author = User.objects.filter(pk=job.requested_by_id).first() if job.requested_by_id else None
    run_fusion(
        comparison_id=UUID(comparison_id), method=method, parameters=parameters, choose=choose, author=author
    )
