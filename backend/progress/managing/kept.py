"""How a project stands and when it will be done, as figures that are kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case
from backend.progress.keeping.kinds import Kind, Made, plain
from backend.progress.keeping.services import figures_of
from backend.progress.managing import serializers as wire
from backend.progress.managing.selectors.ageing import ageing
from backend.progress.managing.selectors.coverage import accepted_vertebrae, coverage
from backend.progress.managing.selectors.engines import cost_by_model
from backend.progress.managing.selectors.flow import flow_of
from backend.progress.managing.selectors.forecast import Forecast, forecast
from backend.progress.managing.selectors.people import workload
from backend.progress.managing.selectors.stages import stages_of
from backend.progress.managing.selectors.weeks import weeks_of
from backend.projects.models import Project


def _made(figures: dict[str, Any]) -> Made:
    return Made(plain(wire.KeptProgressSerializer(figures).data))


def _course(project: Project) -> Made:
    weeks = weeks_of(project)
    return _made(
        {
            "weeks": [asdict(week) for week in weeks],
            "forecast": asdict(forecast(weeks=weeks, now=timezone.now(), seed=str(project.pk))),
            "stages": stages_of(project),
            "people": workload(project),
            "vertebrae": accepted_vertebrae(project),
            "models": cost_by_model(project),
            "flow": flow_of(project),
        }
    )


def _nothing() -> Made:
    counts = ("came_in", "held", "excluded", "included", "accepted", "in_progress", "waiting")
    lists: dict[str, Any] = {name: [] for name in ("weeks", "stages", "people", "models")}
    forecast = asdict(Forecast("too_little", 0, 0, 0))
    flow = {**dict.fromkeys(counts, 0), "rules": [], "reasons": []}
    return _made({**lists, "forecast": forecast, "vertebrae": {}, "flow": flow})


def _reads(project: Project, user: User) -> QuerySet[Any]:
    cases = Case.objects.filter(project=project).values("pk").order_by()
    given = Assignment.objects.filter(task__case__project=project).values("pk").order_by()
    return cases.union(given, all=True)


COURSE = Kind(name="course", make=lambda project, user: _course(project), empty=_nothing(), reads=_reads)

KINDS = (COURSE,)


def course_of(*, project: Project, user: User) -> dict[str, Any]:
    """All of the page: kept figures, and beside them targets and ageing cases as they are now."""
    kept = figures_of(COURSE, project, user)
    head = {name: value for name, value in kept.head.items() if name != "vertebrae"}
    return {
        "as_of": kept.as_of,
        **head,
        "coverage": coverage(project, kept.head["vertebrae"]),
        "ageing": ageing(project, user, head["stages"]),
    }
