"""Background work of the pipeline."""

from __future__ import annotations

from backend.common.tasks import JobContext, background_task
from backend.pipeline.services import RUN, carry_out


@background_task(kind=RUN, queue="gpu", time_limit=6 * 3600)
def run_engine(job: JobContext, *, volume_id: str) -> None:
    """Run the engine that the job's run names; safe to run twice."""
    carry_out(job=job)
