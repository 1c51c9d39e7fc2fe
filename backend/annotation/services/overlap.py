"""How many people a task asks for: what its stage does."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from backend.annotation.models import Assignment, AssignmentState, Case, CasePurpose, Task, TaskState
from backend.annotation.selectors import BLINDED_KINDS
from backend.annotation.services.cases import case_changed, complete_task_if_done
from backend.audit import services as audit
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


def _ask_for(task: Task, overlap: int) -> Task:
    task.overlap = overlap
    task.save(update_fields=["overlap", "updated_at"])
    audit.record(
        actor=None,
        verb="task.overlap_changed",
        subject=task.case,
        project_id=task.case.project_id,
        task=str(task.pk),
        overlap=overlap,
    )
    case_changed(task.case)
    return complete_task_if_done(task_id=task.pk)


def apply_overlaps(*, project_id: UUID) -> int:
    """Let every open task ask for as many as its stage does now; returns how many tasks changed.

    Free places are added or taken away. Nobody loses a task in hand: a task that more people have than the
    stage asks for keeps them. Safe to run twice.
    """
    project = Project.objects.get(pk=project_id)
    changed = 0
    for stage in protocol_of(project).stages:
        if stage.kind not in BLINDED_KINDS:
            continue
        tasks = Task.objects.filter(
            case__project=project,
            case__purpose=CasePurpose.WORK,
            stage_key=stage.key,
            state=TaskState.OPEN,
        ).exclude(overlap=stage.overlap)
        for task_id in tasks.values_list("pk", flat=True):
            changed += _fit(task_id, stage.overlap)
    return changed


@transaction.atomic
def _fit(task_id: UUID, overlap: int) -> bool:
    task = Task.objects.select_for_update().select_related("case").get(pk=task_id)
    taken = task.assignments.exclude(state=AssignmentState.CANCELLED).count()
    wanted = max(overlap, taken, 1)
    if task.state != TaskState.OPEN or task.overlap == wanted:
        return False
    _ask_for(task, wanted)
    return True


def places_of(project: Project) -> list[StagePlaces]:
    """The open tasks of each stage that people do, with their places, in the order of the protocol."""
    open_tasks = Task.objects.filter(case__in=Case.objects.filter(project=project), state=TaskState.OPEN)
    held = Assignment.objects.filter(task__in=open_tasks).exclude(state=AssignmentState.CANCELLED)
    taken = dict(held.order_by().values_list("task__stage_key").annotate(n=Count("pk")))
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
