"""Scores of copies, and copies that wait for theirs."""

from __future__ import annotations

from django.db.models import QuerySet

from backend.annotation.models import AssignmentState, Exercise, ExerciseResult
from backend.annotation.quality.reports import ScoreReport


def unscored_exercises() -> QuerySet[Exercise]:
    """Copies handed in that have no score yet."""
    return Exercise.objects.filter(
        case__tasks__assignments__state=AssignmentState.SUBMITTED, results__isnull=True
    )


def score_report(result: ExerciseResult) -> ScoreReport:
    """How the work compared with its answer, vertebra by vertebra."""
    return ScoreReport.read(result.report)
