"""What the pipeline does when a job ends badly, and what it adds to a listed series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.common.events import JobChanged, JobFailed, subscribe
from backend.common.models import JobState
from backend.imaging.selectors import register_series_facts
from backend.pipeline.selectors import latest_runs
from backend.pipeline.services import RUN, end_run
from backend.pipeline.services.comparing import COMPARE, end_comparison
from backend.pipeline.services.trainings import TRAIN, end_training

ENDS: dict[str, Callable[..., Any]] = {RUN: end_run, TRAIN: end_training, COMPARE: end_comparison}


@subscribe(JobFailed)
def on_job_failed(event: JobFailed) -> None:
    if event.kind in ENDS:
        ENDS[event.kind](job_id=event.job_id, state=JobState.FAILED, error=event.error)


@subscribe(JobChanged)
def on_job_cancelled(event: JobChanged) -> None:
    if event.kind in ENDS and event.state == JobState.CANCELLED:
        ENDS[event.kind](job_id=event.job_id, state=JobState.CANCELLED)


register_series_facts("run", latest_runs)
