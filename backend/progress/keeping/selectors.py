"""What figures are computed from, in two numbers, and lines of those that are kept."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.common.models import Job, JobState
from backend.progress.keeping.kinds import Json
from backend.progress.models import KeptFigures, KeptLine
from backend.projects.models import Project

People = Collection[UUID] | None  # whose lines (by "user"); none: everybody's

# Work on reports changes nothing that a report is of.
FIGURES_KIND, AGREEMENT_KIND, DRIFT_KIND = "progress.figures", "progress.agreement", "progress.drift"
REPORTS = (FIGURES_KIND, AGREEMENT_KIND, DRIFT_KIND)


def stamp_of(project: Project) -> str:
    """What moves whenever anything of the project does: the last act in it, and the last job that ended.

    Every act is recorded in its own transaction, one after the other, and what is written in the background
    is written by jobs. So nothing has to be told for figures to be known as of before, and no news can be
    lost. Looking at a case is an act that moves nothing.
    """
    acts = Record.objects.filter(project_id_ref=project.pk).exclude(verb=Verb.CASE_SEEN)
    act = acts.order_by("-sequence").values_list("sequence", flat=True).first()
    jobs = Job.objects.filter(project_id_ref=project.pk, state=JobState.SUCCEEDED, finished_at__isnull=False)
    ended = (
        jobs.exclude(kind__in=REPORTS).order_by("-finished_at").values_list("finished_at", flat=True).first()
    )
    return f"{act or 0}:{ended.timestamp() if ended is not None else 0:.6f}"


def lines_of(
    row: KeptFigures, group: str, begin: int = 0, end: int | None = None, people: People = None
) -> list[Json]:
    """Lines ``begin`` to ``end`` (exclusive) of a group, or of those of its lines that some people have."""
    rows = _lines(row, group, people).order_by("place").values_list("body", flat=True)
    return list(rows[begin:end])


def count_of(row: KeptFigures, group: str, people: People = None) -> int:
    return _lines(row, group, people).count()


def _lines(row: KeptFigures, group: str, people: People) -> QuerySet[KeptLine]:
    rows = KeptLine.objects.filter(figures=row, revision=row.revision, group=group)
    return rows if people is None else rows.filter(body__user__id__in=[str(pk) for pk in people])
