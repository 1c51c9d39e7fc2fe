"""What a trainee may see of their own training."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    CasePurpose,
    ExerciseResult,
)
from backend.annotation.quality.reports import ScoreReport
from backend.annotation.quality.selectors.reports import training_row
from backend.annotation.quality.selectors.scores import score_report
from backend.annotation.quality.selectors.training import training_of
from backend.annotation.selectors import assignments_visible_to
from backend.common.errors import NotFound
from backend.imaging.selectors import load_volume
from backend.masks.selectors import load_mask
from backend.projects.models import Project
from backend.projects.selectors import protocol_of
from backend.science.difference_picture import difference_png


def my_training(project: Project, user: User) -> dict[str, Any]:
    """One's own way through the training, with what was handed in."""
    quality = protocol_of(project).quality
    mine = (
        assignments_visible_to(user)
        .filter(
            task__case__project=project,
            task__case__purpose=CasePurpose.TRAINING,
            state=AssignmentState.SUBMITTED,
        )
        .order_by("submitted_at")
    )
    results = {
        result.submission.assignment_id: result
        for result in ExerciseResult.objects.filter(submission__assignment__in=mine).select_related(
            "submission"
        )
    }
    return {
        **training_row(training_of(project, [user.pk])[user.pk]),
        "dice_wanted": quality.training_dice,
        "grades_wanted": quality.training_grades,
        "cases": [_training_case(assignment, results.get(assignment.pk)) for assignment in mine],
    }


def _training_case(assignment: Assignment, result: ExerciseResult | None) -> dict[str, Any]:
    return {
        "assignment_id": assignment.pk,
        "case_alias": assignment.task.case.alias,
        "submitted_at": assignment.submitted_at,
        "scored": result is not None,
        "passed": result is not None and result.passed,
        "mean_dice": result.mean_dice if result is not None else None,
        "grades_exact": result.grades_exact if result is not None else None,
    }


def trained_assignment(user: User, assignment_id: UUID) -> Assignment:
    """One's own training case, handed in; whatever else the assignment is, it does not exist here.

    Raises
    ------
    NotFound
    """
    found = (
        assignments_visible_to(user)
        .filter(pk=assignment_id, task__case__purpose=CasePurpose.TRAINING, state=AssignmentState.SUBMITTED)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def feedback_of(assignment: Assignment) -> dict[str, Any]:
    """How a training case went, vertebra by vertebra."""
    result = _result_of(assignment)
    project = assignment.task.case.project
    quality = protocol_of(project).quality
    report = score_report(result) if result is not None else ScoreReport()
    return {
        "ready": result is not None,
        "case_alias": assignment.task.case.alias,
        "project": {"slug": project.slug, "name": project.name},
        "passed": result is not None and result.passed,
        "mean_dice": result.mean_dice if result is not None else None,
        "grades_exact": result.grades_exact if result is not None else None,
        "dice_wanted": quality.training_dice,
        "grades_wanted": quality.training_grades,
        "note": f"You {report.suspect.text}." if report.suspect is not None else "",
        "vertebrae": report.vertebrae,
        "grades": report.grades,
    }


def feedback_picture(assignment: Assignment, label: int) -> bytes:
    """The trainee's outline of one vertebra over the answer's (PNG).

    Raises
    ------
    NotFound
        Not scored yet, or neither mask has the vertebra.
    """
    result = _result_of(assignment)
    if result is None or result.submission.mask is None or result.exercise.key is None:
        raise NotFound
    named = next((row.named for row in score_report(result).vertebrae if row.label == label), None)
    volume = load_volume(assignment.task.case.volume)
    own, answer = load_mask(result.submission.mask), load_mask(result.exercise.key.mask)
    try:
        return difference_png(volume, own, answer, label, named=named)
    except KeyError as error:
        raise NotFound("no_such_vertebra", "Neither mask has this vertebra.") from error


def _result_of(assignment: Assignment) -> ExerciseResult | None:
    return (
        ExerciseResult.objects.filter(submission__assignment=assignment)
        .select_related("submission__mask__volume", "exercise__key__mask__volume")
        .order_by("created_at")
        .last()
    )
