"""Table 1 and the edit effort as figures that are kept."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.annotation.models import Case, CaseState
from backend.pipeline.models import EditEffort
from backend.progress.figures import serializers as wire
from backend.progress.figures.selectors.edit_effort import edit_effort
from backend.progress.figures.selectors.statistics import ALL, Report, make_report, project_report
from backend.progress.keeping.kinds import Kind, Made, plain
from backend.projects.models import Project


def _statistics(report: Report) -> Made:
    return Made(plain(wire.StatisticsSerializer(report.to_json()).data))


def _accepted(project: Project, user: User) -> QuerySet[Any]:
    return Case.objects.filter(project=project, state=CaseState.ACCEPTED)


def _efforts(project: Project, user: User) -> QuerySet[Any]:
    return EditEffort.objects.filter(run__volume__series__project=project)


STATISTICS = Kind(
    name="statistics",
    make=lambda project, user: _statistics(project_report(project)),
    empty=_statistics(make_report({ALL: []}, compared=())),
    reads=_accepted,
)

EDIT_EFFORT = Kind(
    name="edit_effort",
    make=lambda project, user: Made(
        {"models": plain(wire.EditEffortSerializer(edit_effort(project), many=True).data)}
    ),
    empty=Made({"models": []}),
    reads=_efforts,
)

KINDS = (STATISTICS, EDIT_EFFORT)
