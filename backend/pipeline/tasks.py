"""Background work of the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from backend.common.models import JobState
from backend.common.tasks import JobContext, OnEnd, background_task
from backend.pipeline.registry.services.comparing import COMPARE, carry_out_comparison, end_comparison
from backend.pipeline.registry.services.trainings import TRAIN, carry_out_training, end_training
from backend.pipeline.runs.services.carrying_out import carry_out
from backend.pipeline.runs.services.effort import EFFORT, measure_effort
from backend.pipeline.runs.services.runs import RUN, end_run

HOUR = 3600.0


def _ends(end: Callable[..., None]) -> OnEnd:
    return lambda job: end(job_id=job.pk, state=JobState(job.state), error=job.error)


@background_task(kind=RUN, queue="gpu", time_limit=6 * HOUR, on_end=_ends(end_run))
def run_engine(job: JobContext, *, volume_id: str) -> None:
    """Run the engine that the job's run names; safe to run twice."""
    carry_out(job=job)


@background_task(kind=TRAIN, queue="train", time_limit=11 * HOUR, on_end=_ends(end_training))
def train(job: JobContext) -> None:
    """Fine-tune a model; goes on from its checkpoint when run again."""
    carry_out_training(job=job)


@background_task(kind=COMPARE, queue="train", time_limit=6 * HOUR, on_end=_ends(end_comparison))
def compare(job: JobContext) -> None:
    """Hold a candidate against the current model; safe to run twice."""
    carry_out_comparison(job=job)


@background_task(kind=EFFORT, queue="cpu", time_limit=600)
def effort(job: JobContext, *, subject: str) -> None:
    """Count what a rater changed of the engine's mask; safe to run twice."""
    measure_effort(mask_id=UUID(subject))
