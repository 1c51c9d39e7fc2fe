"""What the pipeline does when a job ends badly, and what it adds to a listed series."""

from __future__ import annotations

from backend.common.events import JobChanged, JobFailed, subscribe
from backend.common.models import JobState
from backend.imaging.selectors import register_series_facts
from backend.pipeline.selectors import latest_runs
from backend.pipeline.services import RUN, end_run


@subscribe(JobFailed)
def on_job_failed(event: JobFailed) -> None:
    if event.kind == RUN:
        end_run(job_id=event.job_id, state=JobState.FAILED, error=event.error)


@subscribe(JobChanged)
def on_job_cancelled(event: JobChanged) -> None:
    if event.kind == RUN and event.state == JobState.CANCELLED:
        end_run(job_id=event.job_id, state=JobState.CANCELLED)


register_series_facts("run", latest_runs)
