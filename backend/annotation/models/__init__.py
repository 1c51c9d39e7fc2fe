"""Cases, tasks, assignments, gradings and submissions: the raters' work, blinded."""

from __future__ import annotations

from backend.annotation.models.cases import (
    Case,
    CasePurpose,
    CaseState,
    CaseTag,
    Exclusion,
    NamingState,
    Sighting,
    SightKind,
    Unblinding,
    WorkCases,
)
from backend.annotation.models.quality import (
    AnswerKey,
    Exercise,
    ExerciseResult,
    Qualification,
    RaterWeights,
    Retraining,
)
from backend.annotation.models.questions import Question, Reply
from backend.annotation.models.work import (
    ActiveWeek,
    Assignment,
    AssignmentState,
    ForeignMaterial,
    FractureType,
    Grading,
    NamingAnswer,
    NamingChoice,
    Submission,
    Task,
    TaskKind,
    TaskState,
    vertebrae_of,
)

__all__ = [
    "ActiveWeek",
    "AnswerKey",
    "Assignment",
    "AssignmentState",
    "Case",
    "CasePurpose",
    "CaseState",
    "CaseTag",
    "Exclusion",
    "Exercise",
    "ExerciseResult",
    "ForeignMaterial",
    "FractureType",
    "Grading",
    "NamingAnswer",
    "NamingChoice",
    "NamingState",
    "Qualification",
    "Question",
    "RaterWeights",
    "Reply",
    "Retraining",
    "SightKind",
    "Sighting",
    "Submission",
    "Task",
    "TaskKind",
    "TaskState",
    "Unblinding",
    "WorkCases",
    "vertebrae_of",
]
