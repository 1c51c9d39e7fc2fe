"""How many people a task asks for: what its stage does."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.annotation.cases.services.cases import case_changed, complete_task_if_done
from backend.annotation.models import AssignmentState, CasePurpose, Task, TaskState
from backend.annotation.selectors import BLINDED_KINDS
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.projects.models import Project
from backend.projects.selectors import protocol_of


def _ask_for(task: Task, overlap: int) -> Task:
    task.overlap = overlap
    task.save(update_fields=["overlap", "updated_at"])
    audit.record(
        actor=None,
        act=case_acts.TaskOverlapChanged(task=task.pk, overlap=overlap),
        subject=task.case,
        project_id=task.case.project_id,
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
