"""One case with everything that happened to it."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.cases.selectors.stages import stage_title
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    Submission,
    Task,
    Unblinding,
)
from backend.audit.acts.sentences import sentence
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.masks.models import MaskVersion
from backend.masks.selectors import origin_of
from backend.progress.cases.selectors.cards import stage_titles


def mask_rows(case: Case, names: PeopleNames) -> list[dict[str, Any]]:
    """Every mask version of the case, oldest first."""
    versions = MaskVersion.objects.filter(volume_id=case.volume_id).select_related("author")
    return [
        {
            "id": version.pk,
            "number": version.number,
            "source": version.source,
            "author": names.name_of(version.author) if version.author is not None else None,
            "created_at": version.created_at,
            "provenance": origin_of(version),
            "label_voxels": version.label_voxels,
        }
        for version in versions.order_by("number")
    ]


def task_rows(case: Case, names: PeopleNames) -> list[dict[str, Any]]:
    """The tasks of the case with the people on them (for those who may see everybody's work)."""
    given = Assignment.objects.exclude(state=AssignmentState.CANCELLED).select_related("rater")
    handed_in = Submission.objects.select_related("guidelines").defer("guidelines__text")
    tasks = (
        Task.objects.filter(case_id=case.pk)
        .order_by("created_at")
        .prefetch_related(
            Prefetch(
                "assignments",
                queryset=given.order_by("slot").prefetch_related(Prefetch("submissions", queryset=handed_in)),
            )
        )
    )
    return [
        {
            "id": task.pk,
            "kind": task.kind,
            "stage_key": task.stage_key,
            "stage_title": stage_title(case.project, task.stage_key),
            "round": task.round,
            "state": task.state,
            "overlap": task.overlap,
            "assignments": [
                {
                    "id": assignment.pk,
                    "slot": assignment.slot,
                    "rater": {
                        "id": names.id_of(assignment.rater_id),
                        "name": names.name_of(assignment.rater),
                    },
                    "state": assignment.state,
                    "submitted_at": assignment.submitted_at,
                    "active_seconds": assignment.active_seconds,
                    **_reading(assignment),
                }
                for assignment in task.assignments.all()
            ],
        }
        for task in tasks
    ]


def _reading(assignment: Assignment) -> dict[str, Any]:
    """How fast it was handed in, what was never looked at, and which guidelines were in force."""
    last = max(assignment.submissions.all(), key=lambda row: row.created_at, default=None)
    return {
        "pace": last.pace if last is not None else None,
        "never_in_view": last.never_in_view if last is not None else None,
        "guidelines": last.guidelines.number if last is not None and last.guidelines is not None else None,
    }


def concern_rows(case: Case, names: PeopleNames) -> list[dict[str, Any]]:
    """What people told of their tasks on the case and nobody has dealt with, oldest first."""
    rows = Assignment.objects.filter(task__case_id=case.pk, concern_at__isnull=False).select_related(
        "rater", "task"
    )
    return [
        {
            "id": row.pk,
            "rater": {"id": names.id_of(row.rater_id), "name": names.name_of(row.rater)},
            "stage_title": stage_title(case.project, row.task.stage_key),
            "concern": row.concern,
            "text": row.concern_text,
            "gave_back": row.state == AssignmentState.CANCELLED,
            "at": row.concern_at,
        }
        for row in rows.order_by("concern_at")
    ]


def timeline(case: Case, names: PeopleNames) -> list[dict[str, Any]]:
    """What happened to the case, oldest first, from the audit chain. Who asked for names is named."""
    records = Record.objects.filter(subject_id=str(case.pk)).select_related("actor").order_by("sequence")
    titles = stage_titles(case.project)
    return [
        {
            "at": record.at,
            "actor": _actor(record, names),
            "verb": record.verb,
            "text": sentence(record.verb, record.detail, titles),
            "mask_id": record.detail.get("mask"),
            "label": record.detail.get("label"),
        }
        for record in records
    ]


def _actor(record: Record, names: PeopleNames) -> str | None:
    if record.actor is None:
        return None
    return record.actor.name if record.verb == Verb.CASE_UNBLINDED else names.name_of(record.actor)


def exclusion_row(case: Case, names: PeopleNames) -> dict[str, Any] | None:
    """Why the case is excluded, where somebody did so."""
    row = case.exclusions.filter(put_back_at__isnull=True).select_related("by").first()
    if row is None:
        return None
    return {"reason": row.reason, "note": row.note, "by": names.name_of(row.by), "at": row.created_at}


def unblinding_rows(case: Case) -> list[dict[str, Any]]:
    """Who has seen the names of a double-blind case, when and why."""
    rows = Unblinding.objects.filter(case_id=case.pk).select_related("user")
    return [{"name": row.user.name, "reason": row.reason, "at": row.created_at} for row in rows]
