"""Background work of reports."""

from __future__ import annotations

from uuid import UUID

from backend.common.tasks import JobContext, background_task
from backend.progress.cases import kept as of_cases
from backend.progress.figures import kept as of_figures
from backend.progress.keeping.kinds import register
from backend.progress.keeping.selectors import AGREEMENT_KIND, DRIFT_KIND, FIGURES_KIND
from backend.progress.keeping.services import compute
from backend.progress.managing import kept as of_managing
from backend.progress.raters import kept as of_raters
from backend.progress.raters.drifting import look
from backend.progress.raters.services import compute_report

for _kind in (*of_cases.KINDS, *of_figures.KINDS, *of_raters.KINDS, *of_managing.KINDS):
    register(_kind)


@background_task(kind=AGREEMENT_KIND, queue="cpu", time_limit=1800)
def compute_agreement(job: JobContext, report_id: str) -> None:
    """Compute one agreement report; safe to run twice."""
    job.progress(0.0, "Computing the agreement of the raters")
    compute_report(report_id=UUID(report_id), progress=job.progress)


@background_task(kind=FIGURES_KIND, queue="cpu", time_limit=1800)
def compute_figures(job: JobContext, figures_id: str, user_id: str) -> None:
    """Compute one row of kept figures, as a person sees them; safe to run twice."""
    job.progress(0.0, "Counting the figures of the project")
    compute(figures_id=UUID(figures_id), user_id=UUID(user_id))


@background_task(kind=DRIFT_KIND, queue="cpu", time_limit=1800)
def watch_for_drift(job: JobContext, watch_id: str) -> None:
    """Look the raters of one project over; safe to run twice."""
    job.progress(0.0, "Looking for drift of the raters")
    look(watch_id=UUID(watch_id))
