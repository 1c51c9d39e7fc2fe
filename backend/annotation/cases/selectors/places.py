"""The places of open tasks."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from backend.annotation.models import Assignment, AssignmentState, CasePurpose, Task, TaskState
from backend.projects.models import Project
from backend.projects.selectors import protocol_of


@dataclass(frozen=True)
class StagePlaces:
    """The open tasks of a stage and their places."""

    key: str
    overlap: int
    tasks: int
    places: int
    taken: int


def places_of(project: Project) -> list[StagePlaces]:
    """The open tasks of each stage that people do, with their places, in the order of the protocol."""
    open_tasks = Task.objects.filter(
        state=TaskState.OPEN, case__project=project, case__purpose=CasePurpose.WORK
    )
    given = Assignment.objects.filter(
        task__state=TaskState.OPEN, task__case__project=project, task__case__purpose=CasePurpose.WORK
    ).exclude(state=AssignmentState.CANCELLED)
    taken = dict(given.order_by().values_list("task__stage_key").annotate(n=Count("pk")))
    rows: dict[str, list[int]] = {}
    for key, overlap in open_tasks.order_by().values_list("stage_key", "overlap"):
        rows.setdefault(key, []).append(overlap)
    return [
        StagePlaces(
            key=stage.key,
            overlap=stage.overlap,
            tasks=len(rows.get(stage.key, [])),
            places=sum(rows.get(stage.key, [])),
            taken=taken.get(stage.key, 0),
        )
        for stage in protocol_of(project).stages
        if stage.is_human
    ]
