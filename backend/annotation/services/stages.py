"""What a task's stage asks for, also after the protocol was changed and has that stage no more."""

from __future__ import annotations

from backend.annotation.models import Task, TaskKind
from backend.projects.protocols import Stage
from backend.projects.selectors import protocol_of


def stage_of(task: Task) -> Stage | None:
    """The task's stage in the protocol of today; None where it has none any more."""
    return protocol_of(task.case.project).find(task.stage_key)


def asks_grades(task: Task) -> bool:
    """Whether each vertebra of the mask has to be graded: as the stage said when the task was opened."""
    if task.kind == TaskKind.GRADE:
        return True
    if task.asks_grades is not None:
        return task.kind == TaskKind.CORRECT and task.asks_grades
    stage = stage_of(task)  # a task of before this was noted
    return task.kind == TaskKind.CORRECT and stage is not None and stage.grade
