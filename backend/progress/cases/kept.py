"""What people have in hand and did on each day, as figures that are kept; the board with them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.annotation.models import Assignment
from backend.annotation.selectors import cases_managed_by
from backend.progress.cases import serializers as wire
from backend.progress.cases.selectors.board import columns, people, throughput
from backend.progress.keeping.kinds import Kind, Made, plain
from backend.progress.keeping.services import AsOf, figures_of
from backend.projects.models import Project, Role
from backend.projects.selectors import has_role


def _work(project: Project, user: User) -> Made:
    return Made(
        {
            "raters": plain(wire.BoardRaterSerializer(people(project), many=True).data),
            "throughput": plain(wire.ThroughputSerializer(throughput(project), many=True).data),
        }
    )


def _given(project: Project, user: User) -> QuerySet[Any]:
    return Assignment.objects.filter(task__case__project=project)


WORK = Kind(name="work", make=_work, empty=Made({"raters": [], "throughput": []}), reads=_given)

KINDS = (WORK,)


def board(*, project: Project, user: User) -> dict[str, Any]:
    """The project at a glance: cases by stage, people, and what was done on each day.

    Managers see all of it, everybody else their own line alone: any number over the project's cases moves
    when somebody hands in work and stays when they hand in a gold case or a repeat, which would tell it.
    """
    if not has_role(user, project, Role.MANAGER):
        return {"as_of": AsOf(), "stages": [], "raters": people(project, user), "throughput": []}
    kept = figures_of(WORK, project, user)
    stages = columns(project, cases_managed_by(user).filter(project=project))
    return {"as_of": kept.as_of, "stages": stages, **kept.head}
