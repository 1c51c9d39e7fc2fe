"""Reads of quality control: what managers follow."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Q

from backend.accounts.models import User
from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.cases.selectors.places import places_of
from backend.annotation.cases.selectors.stages import stage_title
from backend.annotation.models import (
    AnswerKey,
    AssignmentState,
    Exercise,
    Qualification,
    Submission,
)
from backend.annotation.quality.selectors.exercises import HIDDEN
from backend.annotation.quality.selectors.training import Training, training_of
from backend.annotation.selectors import cases_open_to
from backend.projects.models import Project, Role

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


def hasty_work(project: Project, reader: User) -> list[dict[str, Any]]:
    """The newest submissions that were too fast, of the cases where the reader may see everybody's work."""
    fast = Submission.objects.filter(fast=True)
    behind = fast.filter(assignment__task__case__project=project).values("assignment__task__case")
    rows = (
        fast.filter(assignment__task__case__in=cases_open_to(reader).filter(project=project, pk__in=behind))
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
