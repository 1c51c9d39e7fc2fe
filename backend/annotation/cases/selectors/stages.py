"""What a task's stage is and asks for, also after the protocol was changed and has that stage no more."""

from __future__ import annotations

from backend.annotation.models import Task, TaskKind
from backend.projects.models import Project
from backend.projects.protocols import Stage
from backend.projects.selectors import protocol_of


def stage_title(project: Project, key: str) -> str:
    """The stage's title, or its key where the protocol has no such stage any more."""
    stage = stage_or_none(project, key)
    return stage.title if stage is not None else key


def stage_or_none(project: Project, key: str) -> Stage | None:
    return protocol_of(project).find(key)


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
