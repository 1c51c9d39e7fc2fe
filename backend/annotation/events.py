"""What happens to cases, tasks and assignments."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.common.events import Event


@dataclass(frozen=True, slots=True)
class CaseChanged(Event):
    """A case was opened, moved to another stage, was accepted, or got another priority."""

    case_id: UUID
    project_id: UUID
    state: str
    stage_key: str


@dataclass(frozen=True, slots=True)
class CasePutBack(Event):
    """A case that was excluded counts again, and goes on where it stood."""

    case_id: UUID
    project_id: UUID


@dataclass(frozen=True, slots=True)
class QuestionChanged(Event):
    """A question on a case was asked, answered or closed."""

    question_id: UUID
    actor_id: UUID
    project_id: UUID


@dataclass(frozen=True, slots=True)
class TaskCompleted(Event):
    """All people whom the stage asks for have handed in."""

    task_id: UUID
    case_id: UUID
    project_id: UUID


@dataclass(frozen=True, slots=True)
class ExerciseHandedIn(Event):
    """Somebody handed in a copy made for training or quality control. Names no project: nobody is told."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class AssignmentChanged(Event):
    """An assignment was taken, opened, submitted, returned or cancelled."""

    assignment_id: UUID
    case_id: UUID
    project_id: UUID
    rater_id: UUID
    state: str
