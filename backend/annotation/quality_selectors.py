"""Reads of training and quality control: what managers follow, and what a trainee may see of their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Q

from backend.accounts.models import User
from backend.annotation.details import stage_title
from backend.annotation.models import (
    AnswerKey,
    Assignment,
    AssignmentState,
    CasePurpose,
    Exercise,
    ExerciseResult,
    Qualification,
    Submission,
)
from backend.annotation.naming import PeopleNames
from backend.annotation.selectors import assignments_visible_to, cases_open_to
from backend.annotation.services.exercises import HIDDEN
from backend.annotation.services.overlap import places_of
from backend.annotation.services.training import Training, training_of
from backend.common.errors import NotFound
from backend.imaging.selectors import load_volume
from backend.masks.services import load_mask
from backend.projects.models import Project, Role
from backend.projects.selectors import protocol_of
from backend.science.difference_picture import difference_png

MOST_HASTY = 200


def project_quality(project: Project) -> dict[str, Any]:
    """Answer keys, everybody's training, hidden exercises by kind, and the places of open tasks."""
    return {
        "answer_keys": _key_rows(project),
        "raters": _trainees(project),
        "hidden": [_hidden_row(project, purpose) for purpose in HIDDEN],
        "places": places_of(project),
    }


def _key_rows(project: Project) -> list[dict[str, Any]]:
    keys = (
        AnswerKey.objects.filter(case__project=project, active=True)
        .select_related("case", "mask")
        .annotate(given=Count("exercises__results", distinct=True), dice=Avg("exercises__results__mean_dice"))
    )
    return [
        {
            "id": key.pk,
            "case_id": key.case_id,
            "case_alias": key.case.alias,
            "purpose": key.purpose,
            "graded": len(key.grades),
            "vertebrae": len(key.mask.label_voxels),
            "given": key.given,
            "mean_dice": key.dice,
            "created_at": key.created_at,
        }
        for key in keys
    ]


def _trainees(project: Project) -> list[dict[str, Any]]:
    raters = User.objects.filter(
        memberships__project=project, memberships__role=Role.RATER, memberships__active=True
    ).order_by("display_name", "email")
    told = training_of(project, [rater.pk for rater in raters])
    words = dict(
        Qualification.objects.filter(project=project, revoked_at__isnull=True).values_list(
            "user_id", "reason"
        )
    )
    return [
        {
            **training_row(told[rater.pk]),
            "user": {"id": rater.pk, "name": rater.name},
            "reason": words.get(rater.pk, ""),
        }
        for rater in raters
    ]


def training_row(training: Training) -> dict[str, Any]:
    """How far somebody is, for the wire."""
    return {
        **{name: getattr(training, name) for name in Training.__dataclass_fields__},
        "wanted": training.required,
        "may_work": training.may_work,
    }


def _hidden_row(project: Project, purpose: str) -> dict[str, Any]:
    mine = Exercise.objects.filter(case__project=project, case__purpose=purpose)
    working = Q(case__tasks__assignments__state__in=(AssignmentState.OPEN, AssignmentState.RETURNED))
    counts = mine.aggregate(
        ready=Count("pk", filter=Q(case__tasks__assignments__isnull=True), distinct=True),
        in_hand=Count("pk", filter=working, distinct=True),
        scored=Count("results", distinct=True),
        mean_dice=Avg("results__mean_dice"),
    )
    return {"purpose": purpose, **counts}


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


def hasty_work(project: Project, reader: User) -> list[dict[str, Any]]:
    """The newest submissions that were too fast, of the cases where the reader may see everybody's work."""
    rows = (
        Submission.objects.filter(
            pace__fast=True, assignment__task__case__in=cases_open_to(reader).filter(project=project)
        )
        .select_related("assignment__task__case__project", "assignment__rater")
        .order_by("-created_at")[:MOST_HASTY]
    )
    names: dict[UUID, PeopleNames] = {}
    found = []
    for row in rows:
        task = row.assignment.task
        people = names.setdefault(task.case_id, PeopleNames(reader, task.case))
        found.append(
            {
                "case_id": task.case_id,
                "alias": task.case.alias,
                "stage_title": stage_title(project, task.stage_key),
                "name": people.name_of(row.assignment.rater),
                "submitted_at": row.created_at,
                "pace": row.pace,
                "never_in_view": row.never_in_view,
            }
        )
    return found


def feedback_of(assignment: Assignment) -> dict[str, Any]:
    """How a training case went, vertebra by vertebra."""
    result = _result_of(assignment)
    project = assignment.task.case.project
    quality = protocol_of(project).quality
    report = result.report if result is not None else {}
    suspect = report.get("suspect")
    return {
        "ready": result is not None,
        "case_alias": assignment.task.case.alias,
        "project": {"slug": project.slug, "name": project.name},
        "passed": result is not None and result.passed,
        "mean_dice": result.mean_dice if result is not None else None,
        "grades_exact": result.grades_exact if result is not None else None,
        "dice_wanted": quality.training_dice,
        "grades_wanted": quality.training_grades,
        "note": f"You {suspect['text']}." if suspect else "",
        "vertebrae": report.get("vertebrae", []),
        "grades": report.get("grades", []),
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
    named = next((row["named"] for row in result.report["vertebrae"] if row["label"] == label), None)
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
