"""Background work of reports."""

from __future__ import annotations

from uuid import UUID

from backend.common.tasks import JobContext, background_task
from backend.progress.raters.services import AGREEMENT_KIND, compute_report


@background_task(kind=AGREEMENT_KIND, queue="cpu", time_limit=1800)
def compute_agreement(job: JobContext, report_id: str) -> None:
    """Compute one agreement report; safe to run twice."""
    job.progress(0.0, "Computing the agreement of the raters")
    compute_report(report_id=UUID(report_id), progress=job.progress)
