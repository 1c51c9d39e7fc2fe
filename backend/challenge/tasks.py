"""Background work of this app."""

from __future__ import annotations

from uuid import UUID

from backend.challenge.services.evaluating import fail_submission, run_evaluation
from backend.challenge.services.rescoring import RESCORE_KIND, run_rescoring
from backend.challenge.services.submitting import EVALUATE_KIND
from backend.common.models import Job
from backend.common.tasks import JobContext, background_task


def _fail(job: Job) -> None:
    if job.subject_id is not None:
        fail_submission(submission_id=job.subject_id)


# what is wrong with somebody's file is theirs to know, so a job quotes nothing of it
@background_task(kind=EVALUATE_KIND, queue="cpu", time_limit=6 * 3600, on_end=_fail, quotes_nothing=True)
def evaluate(job: JobContext, submission_id: str) -> None:
    """Check and score a submission."""
    run_evaluation(job=job, submission_id=UUID(submission_id))


@background_task(kind=RESCORE_KIND, queue="cpu", time_limit=6 * 3600, quotes_nothing=True)
def rescore(job: JobContext, rescoring_id: str) -> None:
    """Score a phase again on a corrected version."""
    run_rescoring(job=job, rescoring_id=UUID(rescoring_id))
